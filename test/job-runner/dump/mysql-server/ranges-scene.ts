import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { LoadTask } from '../../../../crds/contract/task.ts';
import { DatabaseTable } from '../../../../job-runner/dump/mysql-server/database-table.ts';
import { openSession } from '../../../../job-runner/dump/mysql-server/open-session.ts';
import { readColumns } from '../../../../job-runner/dump/mysql-server/schema-queries.ts';
import { fingerprintOf } from '../../../../job-runner/dump/source-table.ts';
import { mariadb, tasks, uriOf } from './server-scene.ts';

mariadb.query(`CREATE USER locker@'%' IDENTIFIED BY 'locker'; GRANT SELECT, LOCK TABLES ON crm.* TO locker@'%'`);

/** A user that may lock tables for a moment, as the users of dumps do. */
export const LOCKER = uriOf('locker', 'locker');

/** What the catalogue would say of a table, as if it were so large that a range has `rangeRows` rows. */
export async function taskOf(
  table: string,
  { uri = LOCKER, reads = 4, rows = 1000, rangeRows = 100 } = {},
): Promise<LoadTask> {
  const own = tasks('', uri);
  const { database } = own.loadOf({} as never);
  if (database === undefined) throw new Error('the task has no database');
  const session = await openSession(database);
  const columns = await readColumns(session, table);
  session.close();
  const bytes = (rows / rangeRows) * 4 * 1024 * 1024;
  const entry = {
    ...{ table, dump: { file: 'mysql:crm', version: 'v1' } },
    dat: { entry: table, bytes, compressedBytes: bytes, rows },
    schemaFile: { entry: table, ...fingerprintOf(columns) },
  };
  const task = own.loadOf(entry as never);
  return { ...task, database: { ...database, readsPerTable: reads } };
}

export interface ReadTable {
  readonly rows: number;
  readonly text: string;
  readonly sha256: string;
}

/** Reads it to its end. `onChunk` is called with each chunk. */
export async function readAll(task: LoadTask, onChunk: (chunk: Buffer) => void = () => undefined): Promise<ReadTable> {
  const table = await DatabaseTable.open(task, task.database as never);
  const parts: Buffer[] = [];
  try {
    for await (const chunk of table.chunks()) {
      parts.push(Buffer.from(chunk));
      onChunk(chunk);
    }
    const all = Buffer.concat(parts);
    const { sha256, bytes } = table.content();
    if (bytes !== all.length || sha256 !== createHash('sha256').update(all).digest('hex'))
      throw new Error('the digest is that of other bytes');
    return { rows: table.declaredRows?.rows ?? 0, text: all.toString('utf8'), sha256 };
  } finally {
    await table.close();
  }
}

/** How many connections of this user have a snapshot. */
export function readers(user = 'locker'): number {
  return mariadb.query(
    `SELECT ID FROM information_schema.PROCESSLIST JOIN information_schema.INNODB_TRX ON trx_mysql_thread_id = ID WHERE USER = '${user}'`,
  ).length;
}

/** Waits until this user has no connection; the number of those that stay. */
export async function untilNobodyReads(user = 'locker'): Promise<number> {
  for (const end = Date.now() + 60_000; readers(user) > 0 && Date.now() < end;) await setTimeout(50);
  return readers(user);
}

/** A connection that stays open between statements. */
export interface Client {
  readonly query: (sql: string) => Promise<void>;
  readonly end: () => Promise<void>;
}

export function openClient(user = 'root'): Client {
  const options = ['--no-defaults', `--socket=${mariadb.socket}`, `--user=${user}`, '--batch', '--unbuffered'];
  const child = spawn('mariadb', options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  after(() => child.kill());
  let output = '';
  let isOpen = true;
  child.once('close', () => (isOpen = false));
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    query: async (sql) => {
      const mark = crypto.randomUUID();
      child.stdin.write(`${sql};\nSELECT '${mark}' AS mark;\n`);
      while (isOpen && !output.includes(mark)) await setTimeout(10);
      if (!isOpen) throw new Error(`the client has ended at: ${sql}`);
    },
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
