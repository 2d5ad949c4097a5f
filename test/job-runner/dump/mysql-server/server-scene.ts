import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { after } from 'node:test';
import type { ProgressReport } from '../../../../crds/contract/report.ts';
import type { BucketTasks } from '../../../bucket/bucket-scene.ts';
import { freePort } from '../../../cluster/ports.ts';
import type { TestDatabase } from '../../../database.ts';
import { startMariadb } from '../../../mariadb.ts';
import { databaseSource, tasksOfDatabase } from '../../../source-database/scene.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

export const port = await freePort();
// Whoever reads slowly for more than a second would be cut off, but for our own setting.
export const mariadb = await startMariadb({ port, options: ['--net-write-timeout=1', '--max-allowed-packet=64M'] });
export const folder = temporaryFolder();
export const PASSWORD = 'pass:word/7';
export const ROWS = 200_000;

mariadb.query(`
  CREATE DATABASE crm CHARACTER SET utf8mb4;
  CREATE USER reader@'%' IDENTIFIED BY '${PASSWORD}';
  GRANT SELECT ON crm.* TO reader@'%'`);

export const uriOf = (user: string, password: string, at = port) =>
  `mysql://${user}:${encodeURIComponent(password)}@127.0.0.1:${at}`;
export const READER = uriOf('reader', PASSWORD);

/** Recreates a table of this name, with rows of a number and a text. */
export function fill(table: string, rows: number, definition = 'id int PRIMARY KEY, rider varchar(60)'): void {
  mariadb.query(`USE crm; DROP TABLE IF EXISTS crm.${table}; CREATE TABLE crm.${table} (${definition});
    INSERT INTO crm.${table} SELECT seq, CONCAT('rider ', seq, REPEAT('.', 40)) FROM seq_1_to_${Math.max(1, rows)} WHERE seq <= ${rows}`);
}

export function tasks(more = '', uri = READER): BucketTasks {
  return tasksOfDatabase(folder, uri, databaseSource(more));
}

export const countOf = async (database: TestDatabase): Promise<unknown> =>
  (await database.query('SELECT count(*)::int AS rows FROM v1_rides'))[0]?.['rows'];

/** Does something once, as soon as rows have come. */
export function once(work: () => void): (line: ProgressReport) => void {
  let isDone = false;
  return ({ progress }) => {
    if (isDone || progress.step !== 'copy' || progress.rows === 0) return;
    isDone = true;
    work();
  };
}

/** A TCP proxy that passes on what the server sends at so many MB/s, and cuts the connection after so many bytes. */
export async function slowProxy(megabytesPerSecond: number, cutAfter = Infinity): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = createConnection(port, '127.0.0.1');
    let left = cutAfter;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left <= 0) {
        client.destroy();
        return;
      }
      client.write(chunk);
      upstream.pause();
      setTimeout(() => upstream.resume(), chunk.length / (1000 * megabytesPerSecond));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** Recreates the database `crm`, with a table `rides`. */
export function renewDatabase(): void {
  mariadb.query('DROP DATABASE crm; CREATE DATABASE crm CHARACTER SET utf8mb4');
  fill('rides', 1000);
}
