import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { runLocally, type LocalView } from '../../operator/local/run-locally.ts';
import { Runners } from '../../operator/local/runners.ts';
import type { TestDatabase } from '../database.ts';
import { manifest } from '../operator/fixtures.ts';
import { writeDump, type DumpedTable } from './dumps.ts';

const MAIN = join(import.meta.dirname, '../../job-runner/main.ts');

export const users = (...rows: DumpedTable['rows']): DumpedTable => ({
  columns: { user_id: 'int', email: 'varchar' },
  rows,
});
export const ANN = users([1, 'ann@example.org']);
export const BEN = users([2, 'ben@example.org']);

/** A volume with dumps, runs on it, and what becomes of both. */
export function archiveScene(database: TestDatabase) {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-archive-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const dumps = join(folder, 'volume');
  const run = async (moreSpec: string, archiveFolder?: string): Promise<LocalView['ingestion']> => {
    const command = [process.execPath, MAIN];
    const runners = new Runners({ command, databaseUri: database.uri, captureLog: false, graceMilliseconds: 5000 });
    try {
      const options = { dumpsFolder: dumps, archiveFolder, dialectFiles: {}, runners, log: SILENT_LOG };
      const view = await runLocally({ manifest: manifest(moreSpec), ...options, backOff: { base: 20, cap: 100 } });
      return view.ingestion;
    } finally {
      await runners.end();
    }
  };
  return {
    folder,
    dumps,
    run,
    dump: async (file: string, tables: Record<string, DumpedTable>) => await writeDump(dumps, file, tables),
    /** The files below a folder, by default the volume. */
    files: (path = dumps) => {
      const all = existsSync(path) ? (readdirSync(path, { recursive: true }) as string[]) : [];
      return all.filter((file) => statSync(join(path, file)).isFile()).sort();
    },
    ledger: async () =>
      await database.query(
        'SELECT dump_file, action, archived_as, archived_at IS NOT NULL AS archived FROM motherload.dumps ORDER BY dumps.id',
      ),
    rows: async () => (await database.query('SELECT user_id FROM users ORDER BY 1')).map((row) => row['user_id']),
    /** Nothing of the test before. */
    clear: async () => {
      rmSync(dumps, { recursive: true, force: true });
      await database.query('DROP SCHEMA IF EXISTS motherload CASCADE; DROP TABLE IF EXISTS users CASCADE');
    },
  };
}
