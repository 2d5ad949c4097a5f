/**
 * `node bench/mysql.ts [ROWS [ROUNDS]]`: one table of 20 columns from MariaDB into PostgreSQL, both on this machine, in turn by Motherload, by
 * `mariadb-dump --tab` with `psql \copy` behind it, and by pgloader. The results are in docs/mysql-direct.md.
 */
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import { connect } from '../job-runner/database/connection.ts';
import { startMariadbServer } from '../test/mariadb-server.ts';
import { installPackages } from '../test/packages.ts';
import type { Command } from './contenders/contender.ts';
import { measure, postmasterOf, serverCpuSeconds } from './measure.ts';
import { median } from './table.ts';

/** So many rows are made by one statement: a longer one keeps all of them in the server's undo log. */
const BATCH_ROWS = 500_000;
const PORT = 27_071;
const COMMAND = join(import.meta.dirname, '..', 'bin', 'motherload.js');

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
const mariadb = await startMariadbServer({ port: PORT, options: ['--innodb-buffer-pool-size=2G'] });
const { socket, query, stop } = mariadb;
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

/** What one way takes: seconds, and those of CPU of the commands, of MariaDB and of PostgreSQL. */
type Cost = readonly [seconds: number, client: number, source: number, target: number];

async function measureAll(): Promise<void> {
  const ways: Readonly<Record<string, Way>> = {
    motherload: { commands: [byMotherload()], table: 'public.v1_orders' },
    'motherload, two connections': { commands: [byMotherload(', maxParallelReads: 4')], table: 'public.v1_orders' },
    'mariadb-dump --tab and \\copy': { commands: byFiles(), table: 'public.orders' },
    pgloader: { commands: [byPgloader()], table: 'shop.orders' },
  };
  const costs = new Map<string, Cost[]>();
  const file = join(tab, 'orders.txt');
  let megabytes = NaN;
  for (let round = 1; round <= rounds; round++)
    for (const [name, { commands, table }] of Object.entries(ways)) {
      await reset();
      const cost = await costOf(commands);
      console.error(`round ${round} of ${rounds}: ${name} ${describe(cost)}`);
      costs.set(name, [...(costs.get(name) ?? []), cost]);
      await refuseOtherRows(table);
      if (existsSync(file)) megabytes = statSync(file).size / 1e6;
    }
  console.log(`${rows} rows, ${megabytes.toFixed(0)} MB as a file of --tab; medians of ${rounds}`);
  for (const [name, all] of costs) {
    const medianOf = (part: number) => median(all.map((cost) => cost[part] ?? NaN)) ?? NaN;
    console.log(`${name}: ${describe([medianOf(0), medianOf(1), medianOf(2), medianOf(3)])}`);
  }
}

/** Commands, one after the other, and the table that they make. */
interface Way {
  readonly commands: readonly Command[];
  readonly table: string;
}

async function costOf(commands: readonly Command[]): Promise<Cost> {
  const [pidFile = ''] = globSync(join(mariadb.folder, 'data', '*.pid'));
  const source = () => serverCpuSeconds(Number(readFileSync(pidFile, 'utf8'))) ?? NaN;
  const before = source();
  let [seconds, client, target] = [0, 0, 0];
  for (const command of commands) {
    const cost = await measure(command, postmasterOf(join(folder, 'postgresql')));
    seconds += cost.seconds;
    client += cost.clientCpuSeconds;
    target += cost.serverCpuSeconds ?? NaN;
  }
  return [seconds, client, source() - before, target];
}

function describe([seconds, client, source, target]: Cost): string {
  const sum = client + source + target;
  return `${seconds.toFixed(1)} s; CPU ${sum.toFixed(1)} s: client ${client.toFixed(1)}, MariaDB ${source.toFixed(1)}, PostgreSQL ${target.toFixed(1)}`;
}

function byMotherload(reads = ''): Command {
  const manifest = join(folder, `orders${reads}.yaml`);
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
  source: { database: { driver: mysql, connectionSecretRef: { name: shop }, schema: shop, version: v1${reads} } }
  target: { databaseSecretRef: { name: database } }
  motherTables: { withoutMother: Load, derive: None }
`,
  );
  return { program: process.execPath, parameters: [COMMAND, 'run', '-f', manifest, '--database', server.uri] };
}

function byFiles(): Command[] {
  const columns = COLUMNS.map(([name, , type]) => `${name} ${type}`).join(', ');
  const dump = ['--no-defaults', `--socket=${socket}`, '--user=root', `--tab=${tab}`, 'shop', 'orders'];
  const copy = ['-c', `CREATE TABLE orders (${columns})`, '-c', `\\copy orders FROM '${join(tab, 'orders.txt')}'`];
  return [
    { program: 'mariadb-dump', parameters: dump },
    { program: 'psql', parameters: [server.uri, '-q', '-v', 'ON_ERROR_STOP=1', ...copy] },
  ];
}

function byPgloader(): Command {
  const [, user = '', database = '', host = ''] = /^postgresql:\/\/(\w+)@\/(\w+)\?host=([^&]+)/.exec(server.uri) ?? [];
  const to = `postgresql://${user}@unix:${decodeURIComponent(host)}:5432/${database}`;
  // With its defaults its heap is exhausted by 1 GB.
  const smaller = rows > 1_500_000 ? ['--with', 'prefetch rows = 10000'] : [];
  return { program: 'pgloader', parameters: [...smaller, `mysql://root@127.0.0.1:${PORT}/shop`, to] };
}

async function reset(): Promise<void> {
  const db = await connect(server.uri);
  await db.query('DROP SCHEMA IF EXISTS shop, motherload CASCADE');
  await db.query('DROP TABLE IF EXISTS public.v1_orders, public.orders CASCADE');
  await db.query('CHECKPOINT');
  await db.end();
  rmSync(tab, { recursive: true, force: true });
  mkdirSync(tab);
  chmodSync(tab, 0o777);
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
