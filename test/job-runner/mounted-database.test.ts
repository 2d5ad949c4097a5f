import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { decodeResult } from '../../crds/contract/result-text.ts';
import { EXIT_CODES } from '../../crds/contract/errors.ts';
import type { Target } from '../../crds/contract/task.ts';
import { catalogueTask } from './catalogue/tasks.ts';
import { Authority } from './database/certificates.ts';
import { PASSWORD } from './database/refusal.ts';
import { startTlsServer } from './database/tls-server.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'job-runner', 'main.ts');
const CA = 'caSecretRef: { name: ca }';
const CLIENT = 'certificateSecretRef: { name: client }';

interface Ended {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
}

suite('a runner that finds its database in mounted files', async () => {
  const server = await startTlsServer();
  for (const role of ['loader', 'certified']) await server.query(`CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
  await server.setHostRules(['hostssl all certified all cert', 'hostssl all loader all scram-sha-256']);
  const client = server.authority.sign('certified');
  const uri = (user: string, { host = 'localhost', password = PASSWORD, query = '' } = {}) =>
    `postgresql://${user}:${encodeURIComponent(password)}@${host}:${server.port}/motherload${query}`;
  let number = 0;

  /** As the volume of a Job: the files that it mounts. */
  const mount = (files: Readonly<Record<string, string>>): string => {
    const folder = join(server.folder, `mounted-${++number}`);
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return folder;
  };

  /** A finish task without mothers: it connects, and removes what broken loads have left. */
  const run = async (folder: string, tls: string): Promise<Ended> => {
    const fields = `target: { databaseSecretRef: { name: database }${tls === '' ? '' : `, tls: { ${tls} }`} }`;
    const { ingestion, target }: { ingestion: object; target: Target } = catalogueTask('/none', fields);
    const resultFile = join(server.folder, `result-${++number}.json`);
    const environment = {
      PATH: process.env['PATH'],
      MOTHERLOAD_TASK: JSON.stringify({ kind: 'Finish', ingestion, target, mothers: [] }),
      MOTHERLOAD_DATABASE_FOLDER: folder,
      MOTHERLOAD_RESULT_FILE: resultFile,
    };
    const [exitCode, output] = await new Promise<[number, string]>((resolve) => {
      const child = execFile(process.execPath, [MAIN], { env: environment }, (_error, stdout, stderr) =>
        resolve([child.exitCode ?? -1, stdout + stderr]),
      );
    });
    assert(!output.includes(PASSWORD) && !output.includes(encodeURIComponent(PASSWORD)), output);
    const result = decodeResult(readFileSync(resultFile, 'utf8'));
    const { code, message } = result.outcome === 'Failed' ? result.failure : { code: result.outcome, message: '' };
    return { exitCode, code, message };
  };
  const authority = readFileSync(server.authority.file, 'utf8');
  const good = { uri: `${uri('loader')}\n`, 'ca.crt': authority };

  test('connects to a server whose certificate the authority signed for this name', async () => {
    assert.deepEqual(await run(mount(good), CA), { exitCode: 0, code: 'Succeeded', message: '' });
  });

  test('refuses another authority, another name, and an authority that is not mounted', async () => {
    const other = readFileSync(new Authority(server.folder, 'stranger').file, 'utf8');
    for (const [folder, expected] of [
      [mount({ ...good, 'ca.crt': other }), /certificate/],
      [mount({ ...good, uri: uri('loader', { host: '127.0.0.1' }) }), /certificate/],
      [mount({ uri: good.uri }), /ca\.crt cannot be read \(ENOENT\)/],
      [mount({ ...good, uri: uri('loader', { query: '?sslmode=prefer' }) }), /does not check the certificate/],
    ] as const) {
      const { exitCode, code, message } = await run(folder, CA);
      assert.deepEqual([exitCode, code], [EXIT_CODES.Manifest, 'DatabaseTls'], message);
      assert.match(message, expected);
    }
  });

  test('logs in by the client certificate, and not without it', async () => {
    const folder = mount({ ...good, uri: uri('certified', { password: 'no password' }) });
    assert.notEqual((await run(folder, CA)).exitCode, 0);
    copyFileSync(client.certificate, join(folder, 'tls.crt'));
    copyFileSync(client.key, join(folder, 'tls.key'));
    assert.equal((await run(folder, `${CA}, ${CLIENT}`)).code, 'Succeeded');
  });

  test('reads the URI when it starts: what a rotation has written is used by the next one', async () => {
    const folder = mount(good);
    assert.equal((await run(folder, CA)).code, 'Succeeded');
    await server.query("ALTER ROLE loader PASSWORD 'rotated'");
    assert.notEqual((await run(folder, CA)).code, 'Succeeded');
    writeFileSync(join(folder, 'uri'), uri('loader', { password: 'rotated' }));
    assert.equal((await run(folder, CA)).code, 'Succeeded');
  });

  test('says which file has no URI', async () => {
    const { exitCode, code, message } = await run(mount({}), '');
    assert.deepEqual([exitCode, code], [EXIT_CODES.Manifest, 'NoDatabaseUri']);
    assert.match(message, /cannot be read from .*uri \(ENOENT\); spec\.target\.databaseSecretRef must name/);
    assert.equal((await run(mount({ uri: '\n' }), '')).code, 'NoDatabaseUri');
  });
});
