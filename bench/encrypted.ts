/**
 * `node bench/encrypted.ts [MEGABYTES]`: an encrypted dump by `motherload run` and by `gpg -d | bsdtar -xO | psql`, and one with a password, in turn, into
 * empty tables of one server. The results are in docs/encrypted-dumps.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import { connect } from '../job-runner/database/connection.ts';
import { prepareDataSets, type Table } from './data.ts';
import { copyInto, createMothers, createVersionTable } from './statements.ts';

const ROUNDS = 3;
const COMMAND = join(import.meta.dirname, '..', 'bin', 'motherload.js');
const MANIFEST = join(import.meta.dirname, 'bucket.yaml');

const megabytes = Number(process.argv[2] ?? '250');
const folder = mkdtempSync(join(tmpdir(), 'ml-bench-'));
const databaseFolder = mkdtempSync(join(tmpdir(), 'ml-bench-database-'));
const home = join(folder, 'h');
mkdirSync(home, { mode: 0o700 });
const passwords = join(folder, 'passwords');
for (const each of [join(folder, 'dumps'), passwords, join(folder, 'content')]) mkdirSync(each);
const server = await startEmbeddedPostgresql({
  folder: databaseFolder,
  settings: { fsync: 'off', max_wal_size: '8GB' },
});
try {
  const { file, plain, table } = await prepareDump();
  await measure({
    'motherload, plain': () => run(plain),
    'motherload, encrypted': () => run(join(folder, 'dumps')),
    'motherload, with a password': () => run(passwords),
    'gpg -d | bsdtar -xO | psql': () => pipe(file, table),
  });
} finally {
  await server.stop();
  spawnSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
  for (const own of [folder, databaseFolder]) rmSync(own, { recursive: true, force: true });
}

async function prepareDump(): Promise<{ readonly file: string; readonly plain: string; readonly table: Table }> {
  const [set] = await prepareDataSets(join(import.meta.dirname, 'data'), megabytes * 1e6, ['large']);
  const [table] = set?.tables ?? [];
  if (set === undefined || table === undefined) throw new Error('no data');
  gpg([
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    '',
    '--quick-generate-key',
    'bench@example.com',
    'default',
    'default',
    'never',
  ]);
  const [name = ''] = readdirSync(set.folder).filter((each) => each.endsWith('.zip'));
  const file = join(folder, 'dumps', `${name}.gpg`);
  gpg(['--output', file, '--recipient', 'bench@example.com', '--encrypt', join(set.folder, name)]);
  await encryptEntries(join(set.folder, name), join(passwords, name));
  const key = join(folder, 'key.asc');
  gpg(['--armor', '--output', key, '--export-secret-keys', 'bench@example.com']);
  return { file, plain: set.folder, table };
}

/** The same files, packed as well as before. */
async function encryptEntries(plain: string, encrypted: string): Promise<void> {
  writeFileSync(join(folder, 'password'), 'secret');
  const content = join(folder, 'content');
  await succeed('bsdtar', ['-xf', plain, '-C', content]);
  const options = ['--format', 'zip', '--options', 'zip:encryption=aes256', '--passphrase', 'secret'];
  await succeed('bsdtar', ['-cf', encrypted, ...options, '-C', content, ...readdirSync(content)]);
  rmSync(content, { recursive: true });
}

function gpg(parameters: readonly string[]): void {
  const all = ['--homedir', home, '--batch', '--yes', '--trust-model', 'always', ...parameters];
  const { status, stderr } = spawnSync('gpg', all);
  if (status !== 0) throw new Error(stderr.toString());
}

/** Each in turn, so that what else the machine does falls on all of them. */
async function measure(contenders: Readonly<Record<string, () => Promise<void>>>): Promise<void> {
  const seconds = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, contend] of Object.entries(contenders)) {
      const client = await connect(server.uri);
      await client.query('DROP SCHEMA IF EXISTS bench, motherload, public CASCADE; CREATE SCHEMA public');
      await client.query('CHECKPOINT');
      await client.end();
      const started = performance.now();
      await contend();
      seconds.get(name)?.push((performance.now() - started) / 1000);
      console.log(`round ${round + 1}: ${name} ${seconds.get(name)?.at(-1)?.toFixed(2) ?? ''} s`);
    }
  for (const [name, all] of seconds) console.log(`${megabytes} MB, median: ${name} ${median(all).toFixed(2)} s`);
}

/** A whole run by the command line. */
async function run(dumps: string): Promise<void> {
  const keys = ['--gpg-key', join(folder, 'key.asc'), '--zip-password-file', join(folder, 'password')];
  await succeed(process.execPath, [
    COMMAND,
    'run',
    '-f',
    MANIFEST,
    '--dumps',
    dumps,
    '--database',
    server.uri,
    ...keys,
  ]);
}

async function pipe(file: string, table: Table): Promise<void> {
  const client = await connect(server.uri);
  await client.query(createMothers());
  await client.query(createVersionTable(table));
  await client.end();
  const script = `set -o pipefail; gpg --homedir ${home} --batch --quiet -d ${file} | bsdtar -xOf - '*.dat' | psql -X -q -v ON_ERROR_STOP=1 '${server.uri}' -f ${join(folder, 'copy.sql')}`;
  // psql reads its commands from a file, and the data of pstdin from the pipe.
  writeFileSync(join(folder, 'copy.sql'), `\\${copyInto(table, 'pstdin').replace(/^COPY/, 'copy')}\n`);
  await succeed('bash', ['-c', script]);
}

async function succeed(program: string, parameters: readonly string[]): Promise<void> {
  const child = spawn(program, [...parameters], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text) => (errors += String(text)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${errors}`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;
}
