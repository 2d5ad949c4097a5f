import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
}

const { services } = load(read('compose.yaml')) as { services: Record<'postgresql' | 'motherload', Service> };

describe('compose.yaml', () => {
  it('runs the image of the command line, in the version of the package', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    assert.equal(services.motherload.image, `motherload-cli:${version}`);
    assert.match(read('Dockerfile'), new RegExp(`^FROM base AS ${services.motherload.build?.target}$`, 'm'));
  });

  it('loads the example dumps, and a folder and a manifest of your own by a variable each', () => {
    const mounted = services.motherload.volumes.map((volume) => /^\$\{(\w+):-(\S+)\}:(\S+):ro$/.exec(volume)?.slice(1));
    assert.deepEqual(mounted, [
      ['MOTHERLOAD_DUMPS', './examples/dumps', '/dumps'],
      ['MOTHERLOAD_MANIFEST', './examples/quickstart.yaml', '/ingestion.yaml'],
    ]);
    for (const one of mounted) assert(existsSync(join(root, one[1] ?? 'nothing')));
    assert.deepEqual(services.motherload.command, ['run', '-f', '/ingestion.yaml', '--dumps', '/dumps']);
  });

  it('offers the database to this machine alone, and to the run by its name', () => {
    assert.deepEqual(services.postgresql.ports, ['127.0.0.1:${MOTHERLOAD_PORT:-15432}:5432']);
    const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = services.postgresql.environment;
    const uri = services.motherload.environment['MOTHERLOAD_DATABASE_URI'];
    assert.equal(uri, `postgresql://${user}:${password}@postgresql:5432/${user}`);
  });
});
