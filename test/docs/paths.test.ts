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
  }
});

/** As GitHub names a heading. */
function anchorsOf(page: string): Set<string> {
  const headings = [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('the links of a page', () => {
  const docs = readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name));
  for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs].filter((name) => name.endsWith('.md')))
    it(`lead to files and headings: ${page}`, () => {
      const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
      const broken = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].filter(([, link = '']) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file);
        if (!existsSync(target)) return true;
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
      });
      assert.deepEqual(
        broken.map(([, link]) => link),
        [],
      );
    });
});
