/**
 * `node bench/mysql.ts [ROWS [ROUNDS]]`: one table of 20 columns from MariaDB into PostgreSQL, both on this machine, in turn by Motherload, by
 * `mariadb-dump --tab` with `psql \copy` behind it, and by pgloader. The results are in docs/mysql-direct.md.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import { connect } from '../job-runner/database/connection.ts';
import { startMariadbServer } from '../test/mariadb-server.ts';
import { installPackages } from '../test/packages.ts';

/** So many rows are made by one statement: a longer one keeps all of them in the server's undo log. */
const BATCH_ROWS = 500_000;
const PORT = 27_071;
const COMMAND = join(import.meta.dirname, '..', 'bin', 'motherload.js');
const run = promisify(execFile);

const COLUMNS: readonly (readonly [name: string, type: string, postgresql: string, value: string])[] = [
  ['id', 'int PRIMARY KEY', 'integer', 'seq'],
  ['customer', 'bigint', 'bigint', 'seq * 7919 % 1000003'],
  ['kind', 'tinyint', 'smallint', 'seq % 100'],
  ['amount', 'decimal(12,2)', 'numeric(12,2)', 'seq % 1000000 / 100'],
  ['ratio', 'double', 'double precision', 'seq / 7'],
  ['day', 'date', 'date', "'2020-01-01' + INTERVAL seq % 2000 DAY"],
  ['created', 'datetime', 'timestamp', "'2020-01-01' + INTERVAL seq SECOND"],
  ['changed', 'timestamp NULL', 'timestamptz', "'2021-01-01' + INTERVAL seq * 3 SECOND"],
  ['yes', 'tinyint(1)', 'smallint', 'seq % 2'],
  ['token', 'char(32)', 'text', 'MD5(seq)'],
  ['name', 'varchar(60)', 'text', "CONCAT('name ', seq % 5000)"],
  ['street', 'varchar(60)', 'text', "CONCAT(seq % 300, ' Long Street')"],
  ['city', 'varchar(60)', 'text', "ELT(1 + seq % 4, 'Zürich', 'Oslo', 'Łódź', 'Paris')"],
  ['note', 'text', 'text', "IF(seq % 5 = 0, NULL, CONCAT('a note\\non two lines ', seq))"],
  ...['a', 'b', 'c', 'd', 'e', 'f'].map(
    (name, index) => [`part_${name}`, 'int', 'integer', `seq * ${index + 3} % 100000`] as const,
  ),
];

await installPackages({ pgloader: 'pgloader', psql: 'postgresql-client' }, 'install them');
const rows = Number(process.argv[2] ?? '800000');
const rounds = Number(process.argv[3] ?? '3');
const folder = mkdtempSync(join(tmpdir(), 'motherload-bench-mysql-'));
chmodSync(folder, 0o755);
const tab = join(folder, 'tab');
const { socket, query, stop } = await startMariadbServer({ port: PORT, options: ['--innodb-buffer-pool-size=1G'] });
const server = await startEmbeddedPostgresql({
  folder: join(folder, 'postgresql'),
  settings: { fsync: 'off', max_wal_size: '8GB' },
});
try {
  makeRows();
  await measureAll();
} finally {
  await server.stop();
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

function makeRows(): void {
  const started = performance.now();
  query(`CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
    CREATE TABLE orders (${COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')})`);
  const values = COLUMNS.map(([, , , value]) => value).join(', ');
  for (let first = 1; first <= rows; first += BATCH_ROWS) {
    const last = Math.min(rows, first + BATCH_ROWS - 1);
    query(`USE shop; INSERT INTO orders SELECT ${values} FROM seq_${first}_to_${last}`);
    console.error(`${last} of ${rows} rows are made after ${secondsSince(started).toFixed(0)} s`);
  }
  query('USE shop; ANALYZE TABLE orders');
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

async function measureAll(): Promise<void> {
  const ways = { motherload: byMotherload, 'mariadb-dump --tab and \\copy': byFiles, pgloader: byPgloader };
  const seconds = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++)
    for (const [name, way] of Object.entries(ways)) {
      await reset();
      const started = performance.now();
      const table = await way();
      const taken = secondsSince(started);
      console.error(`round ${round} of ${rounds}: ${name} ${taken.toFixed(1)} s`);
      seconds.set(name, [...(seconds.get(name) ?? []), taken]);
      await refuseOtherRows(table);
    }
  const megabytes = statSync(join(tab, 'orders.txt')).size / 1e6;
  console.log(`${rows} rows, ${megabytes.toFixed(0)} MB as a file of --tab`);
  for (const [name, all] of seconds) {
    const sorted = all.toSorted((one, other) => one - other);
    console.log(
      `${name}: ${sorted.map((each) => each.toFixed(1)).join(', ')} s, median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1) ?? ''} s`,
    );
  }
}

async function byMotherload(): Promise<string> {
  const manifest = join(folder, 'orders.yaml');
  writeFileSync(
    manifest,
    `apiVersion: v1
kind: Secret
metadata: { name: shop }
stringData: { uri: 'mysql://root@localhost?socket=${socket}' }
---
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: shop }
spec:
  source: { database: { driver: mysql, connectionSecretRef: { name: shop }, schema: shop, version: v1 } }
  target: { databaseSecretRef: { name: database } }
  motherTables: { withoutMother: Load, derive: None }
`,
  );
  await run(process.execPath, [COMMAND, 'run', '-f', manifest, '--database', server.uri]);
  return 'public.v1_orders';
}

async function byFiles(): Promise<string> {
  rmSync(tab, { recursive: true, force: true });
  mkdirSync(tab);
  chmodSync(tab, 0o777);
  const columns = COLUMNS.map(([name, , type]) => `${name} ${type}`).join(', ');
  await run('mariadb-dump', ['--no-defaults', `--socket=${socket}`, '--user=root', `--tab=${tab}`, 'shop', 'orders']);
  const copy = `\\copy orders FROM '${join(tab, 'orders.txt')}'`;
  await run('psql', [server.uri, '-q', '-v', 'ON_ERROR_STOP=1', '-c', `CREATE TABLE orders (${columns})`, '-c', copy]);
  return 'public.orders';
}

async function byPgloader(): Promise<string> {
  const [, user = '', database = '', host = ''] = /^postgresql:\/\/(\w+)@\/(\w+)\?host=([^&]+)/.exec(server.uri) ?? [];
  const to = `postgresql://${user}@unix:${decodeURIComponent(host)}:5432/${database}`;
  await run('pgloader', [`mysql://root@127.0.0.1:${PORT}/shop`, to], { maxBuffer: 1 << 26 });
  return 'shop.orders';
}

async function reset(): Promise<void> {
  const db = await connect(server.uri);
  await db.query('DROP SCHEMA IF EXISTS shop, motherload CASCADE');
  await db.query('DROP TABLE IF EXISTS public.v1_orders, public.orders CASCADE');
  await db.query('CHECKPOINT');
  await db.end();
}

async function refuseOtherRows(table: string): Promise<void> {
  const db = await connect(server.uri);
  const { rows: found } = await db.query<{ rows: number; sum: string }>(
    `SELECT count(*)::float8 AS rows, sum(customer)::text AS sum FROM ${table}`,
  );
  await db.end();
  const [sum] = query('SELECT SUM(customer) FROM shop.orders');
  if (found[0]?.rows !== rows || found[0].sum !== sum) throw new Error(`${table} has other rows than the source`);
}
