import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const TOP = new Set(readdirSync(ROOT));

/** The paths in back-ticks, which begin with a file or folder at the top of the repository. */
function pathsIn(text: string): string[] {
  const words = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`\s]+)`/g)].map(([, word = '']) => word);
  return words.filter((word) => TOP.has(word.split('/')[0] ?? '') || /\/.*\.\w+$/.test(word));
}

describe('the pages about the sources', () => {
  for (const page of ['docs/architecture.md', 'CONTRIBUTING.md'].filter((file) => existsSync(join(ROOT, file)))) {
    const text = readFileSync(join(ROOT, page), 'utf8');

    it(`${page} names existing paths`, () => {
      const paths = pathsIn(text);
      assert(paths.length > 0);
      assert.deepEqual(
        paths.filter((path) => !existsSync(join(ROOT, path))),
        [],
      );
    });

    it(`${page} links to existing pages`, () => {
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => join(dirname(page), link));
      assert.deepEqual(
        links.filter((link) => !existsSync(join(ROOT, link))),
        [],
      );
    });
  }
});
