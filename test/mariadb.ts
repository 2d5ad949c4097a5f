import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { startMariadbServer, type MariadbOptions, type MariadbServer } from './mariadb-server.ts';
import { startMysqlServer } from './mysql-server.ts';

/** Whether the tests are to run against MySQL. */
export const IS_MYSQL = process.env['MOTHERLOAD_TEST_MARIADB'] === 'mysql';

/** A MariaDB, or a MySQL in its place, that is stopped behind the tests of the file. */
export interface Mariadb extends Pick<MariadbServer, 'socket' | 'query' | 'restart'> {
  /** The bytes that a SELECT writes INTO OUTFILE, with these clauses behind the file's name. */
  outfile(select: string, clauses: string): Buffer;
  /** The files that `mariadb-dump --tab` writes of a database. */
  dump(database: string, ...options: string[]): Record<string, Buffer>;
}

export async function startMariadb(options?: MariadbOptions): Promise<Mariadb> {
  const start = IS_MYSQL ? startMysqlServer : startMariadbServer;
  const { folder, socket, query, restart, stop } = await start(options);
  after(stop);
  let files = 0;
  const outfile = (select: string, clauses: string): Buffer => {
    const file = join(folder, String(files++));
    query(`${select} INTO OUTFILE '${file}' ${clauses}`);
    return readFileSync(file);
  };
  const dump = (database: string, ...options: string[]): Record<string, Buffer> => {
    const tab = join(folder, String(files++));
    mkdirSync(tab);
    const all = ['--no-defaults', `--socket=${socket}`, '--user=root', `--tab=${tab}`, ...options, database];
    execFileSync('mariadb-dump', all, { stdio: 'pipe' });
    return Object.fromEntries(readdirSync(tab).map((name) => [name, readFileSync(join(tab, name))]));
  };
  return { socket, query, restart, outfile, dump };
}
