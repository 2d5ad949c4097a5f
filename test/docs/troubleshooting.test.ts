import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CATALOGUE_REASONS } from '../../job-runner/dump/reasons.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const NOT_ERRORS = ['MotherFound', 'OwnTable', 'NoMother', 'DuplicateDump'];

/** The codes of all errors that the sources make. */
function codesInSources(): Set<string> {
  const codes = Object.keys(CATALOGUE_REASONS).filter((reason) => !NOT_ERRORS.includes(reason));
  for (const file of globSync('{bin,crds,job-runner,operator}/**/*.ts', { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, code] of text.matchAll(
      /(?:new (?:Data|Manifest|Transient|Catalogue)Error\(\s*|\bcode: (?:own\()?)'([A-Za-z]+)'/g,
    )) {
      codes.push(code ?? '');
    }
  }
  return new Set(codes);
}

describe('docs/troubleshooting.md', () => {
  const documented = new Set(
    [...readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8').matchAll(/^\| (`.*?`) \|/gm)].flatMap(
      ([, codes]) => [...(codes ?? '').matchAll(/`([A-Za-z]+)`/g)].map(([, code]) => code ?? ''),
    ),
  );

  it('has every code that an error may have', () => {
    assert.deepEqual(
      [...codesInSources()].filter((code) => !documented.has(code)),
      [],
    );
  });

  it('has no code that there is not', () => {
    const known = new Set([...codesInSources(), 'Data', 'Manifest', 'Transient']);
    assert.deepEqual(
      [...documented].filter((code) => !known.has(code)),
      [],
    );
  });
});
