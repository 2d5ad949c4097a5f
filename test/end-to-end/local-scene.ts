import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { runLocally, type LocalRunOptions, type LocalView } from '../../operator/local/run-locally.ts';
import { Runners } from '../../operator/local/runners.ts';
import type { TestDatabase } from '../database.ts';
import { manifest } from '../operator/fixtures.ts';
import { writeDump, type DumpedTable } from './dumps.ts';

const MAIN = join(import.meta.dirname, '../../job-runner/main.ts');

export const users = (rows: DumpedTable['rows']): DumpedTable => ({
  columns: { user_id: 'int', email: 'varchar', created: 'datetime', active: 'bool' },
  rows,
});
const courses = (rows: DumpedTable['rows']): DumpedTable => ({
  columns: { course_id: 'int', course_name: 'varchar' },
  rows,
});

export const V1_USERS = users([
  [1, 'ann@example.org', 'Feb 14 2017 11:04PM', 1],
  [2, 'a|pipe, a `tick` and a\nline', 'Jan 29 2019  5:55AM', 0],
  [3, null, null, null],
]);
export const V1_COURSES = courses([
  [1, 'Gröbner bases'],
  [2, ''],
]);
export const V2_USERS: DumpedTable = {
  columns: { user_id: 'int', email: 'varchar', created: 'datetime', active: 'bool', phone: 'varchar' },
  rows: [
    [1, 'ann@example.org', 'Feb 14 2017 11:04PM', 1, '+41 1'],
    [4, 'dan@example.org', 'Mar  1 2020 12:00AM', 1, null],
  ],
};

/** A folder for dumps and a function that runs a manifest on it. */
export function localScene(database: TestDatabase) {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-e2e-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const pids = join(folder, 'pids.txt');
  // The shell becomes the runner, so its process id is the runner's.
  const command = ['/bin/sh', '-c', `echo $$ >> '${pids}'; exec "$0" "$@"`, process.execPath, MAIN];
  const run = async (moreSpec = '', more: Partial<LocalRunOptions> = {}): Promise<LocalView> => {
    const runners = new Runners({ command, databaseUri: database.uri, captureLog: false, graceMilliseconds: 5000 });
    try {
      return await runLocally({
        manifest: manifest(moreSpec),
        dumpsFolder: join(folder, 'dumps'),
        dialectFiles: {},
        runners,
        log: SILENT_LOG,
        backOff: { base: 20, cap: 100 },
        ...more,
      });
    } finally {
      await runners.end();
    }
  };
  const dump = async (file: string, tables: Record<string, DumpedTable>) =>
    await writeDump(join(folder, 'dumps'), file, tables);
  return { run, dump, latestPid: () => Number(readFileSync(pids, 'utf8').trim().split('\n').at(-1)) };
}

export const phases = (view: LocalView): Record<string, string | undefined> =>
  Object.fromEntries(view.tables.map(({ spec, status }) => [spec.versionTable ?? spec.table, status.phase] as const));
export const explain = (view: LocalView) => JSON.stringify({ ...view.ingestion, conditions: undefined }, undefined, 2);

export async function countOf(database: TestDatabase, relation: string): Promise<number> {
  const [row] = await database.query(`SELECT count(*)::int AS rows FROM ${relation}`);
  return row?.['rows'] as number;
}

/** Tables in the schemas of target and ledger, where a partial load would show. */
export async function tablesOf(database: TestDatabase): Promise<string[]> {
  const rows = await database.query(
    `SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
     WHERE table_schema IN ('public', 'motherload') ORDER BY 1`,
  );
  return rows.map(({ name }) => name as string);
}
