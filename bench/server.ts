import { chmodSync, createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgresql } from '../bin/postgresql/embedded-postgresql.ts';
import type { DataSet, Table } from './data.ts';
import { postmasterOf } from './measure.ts';
import { createMothers, versionTableOf } from './statements.ts';

/**
 * The defaults, including fsync and full WAL, except that no checkpoint may be triggered during one contender and not during another: each
 * starts after a CHECKPOINT, and none writes this much.
 */
export const SERVER_SETTINGS = { max_wal_size: '16GB', checkpoint_timeout: '1h' } as const;

const DATABASE = 'bench';

export interface Server {
  readonly uri: string;
  readonly postmaster: number | undefined;
  /** For scripts and other files that are removed at the end. */
  readonly folder: string;
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-bench-'));
  chmodSync(folder, 0o711); // Started by root, the server runs as another user.
  const serverFolder = join(folder, 'postgresql');
  const server = await startEmbeddedPostgresql({ folder: serverFolder, settings: SERVER_SETTINGS });
  const uriOf = (database: string) => server.uri.replace('/motherload?', `/${database}?`);
  return {
    uri: uriOf(DATABASE),
    postmaster: postmasterOf(serverFolder),
    folder,
    query: async (sql, database = DATABASE) => {
      const client = new pg.Client(uriOf(database));
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The same state before every measurement: a database with nothing but the mother tables, nothing left to write, the input in memory. */
export async function reset(server: Server, set: DataSet, unpacked: (table: Table) => string): Promise<void> {
  await server.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`, 'postgres');
  await server.query(`CREATE DATABASE ${DATABASE}`, 'postgres');
  await server.query(createMothers());
  await server.query('CHECKPOINT');
  const files = new Set(set.tables.flatMap((table) => [table.dump, unpacked(table)]));
  for (const file of files)
    await pipeline(
      createReadStream(file, { highWaterMark: 1 << 20 }),
      new Writable({ write: (_chunk, _encoding, done) => done() }),
    );
}

/** Unpacks the DAT files to where the server can read them; returns a function from a table to its file. */
export async function unpack(server: Server, sets: readonly DataSet[]): Promise<(table: Table) => string> {
  const fileOf = (table: Table) => join(server.folder, 'unpacked', `${table.bytes}`, `${versionTableOf(table)}.dat`);
  for (const table of sets.flatMap(({ tables }) => tables)) {
    mkdirSync(join(fileOf(table), '..'), { recursive: true });
    const parameters = ['-c', 'unzip -p "$1" "$2" > "$3"', 'bash', table.dump, `${table.name}.dat`, fileOf(table)];
    await promisify(execFile)('bash', parameters);
  }
  return fileOf;
}

/** What a contender loaded, for comparison: the columns' types, the number of rows, and a digest of every value. */
export interface Loaded {
  readonly rows: number;
  readonly digest: string;
}

export async function readLoaded(server: Server, set: DataSet, thorough: boolean): Promise<Loaded> {
  let rows = 0;
  const digests = [];
  for (const table of set.tables) {
    const name = versionTableOf(table);
    const columns = table.columns.map((column) => `"${column.name}"`).join(', ');
    const digest = thorough ? `sum(hash_record_extended(ROW(${columns}), 0)::numeric)` : 'count(*)';
    const [row] = await server.query(`SELECT count(*) AS rows, ${digest} AS digest FROM "${name}"`);
    const types = await server.query(
      `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
       WHERE attrelid = '"${name}"'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`,
    );
    const mothers = await server.query(
      `SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = '"${name}"'::regclass`,
    );
    rows += Number(row?.['rows']);
    digests.push(JSON.stringify([name, row, types, mothers]));
  }
  return { rows, digest: digests.join('\n') };
}
