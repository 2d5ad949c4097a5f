import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { runLocally, type LocalRunOptions, type LocalView } from '../../../operator/local/run-locally.ts';
import { Runners, type RunnersOptions } from '../../../operator/local/runners.ts';
import { manifest } from '../fixtures.ts';

export const RUNNER = [process.execPath, join(import.meta.dirname, 'runner.ts')];

/** A folder with a catalogue for the test runner, which does what the tables' names say. */
export function scene(entries: readonly TableIngestionSpec[], moreSpec = '') {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-local-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'entries.json'), JSON.stringify(entries));
  writeFileSync(join(folder, 'journal.txt'), '');
  const options: Omit<LocalRunOptions, 'runners'> = {
    manifest: manifest(moreSpec),
    dumpsFolder: folder,
    dialectFiles: {},
    log: SILENT_LOG,
    backOff: { base: 5, cap: 20 },
  };
  const runnersOptions: RunnersOptions = {
    command: RUNNER,
    databaseUri: `postgresql://nobody:secret@nowhere/none?folder=${folder}`,
    captureLog: true,
    graceMilliseconds: 300,
  };
  const journal = () => readFileSync(join(folder, 'journal.txt'), 'utf8').trim().split('\n');
  const run = async (more: Partial<LocalRunOptions> = {}, moreOfRunners: Partial<RunnersOptions> = {}) => {
    const runners = new Runners({ ...runnersOptions, ...moreOfRunners });
    try {
      return await runLocally({ ...options, runners, ...more });
    } finally {
      await runners.end();
    }
  };
  return { folder, options, runnersOptions, journal, run };
}

export function tableOf(view: LocalView, name: string) {
  const found = view.tables.find(({ spec }) => spec.table === name);
  assert(found, `${name} is not among the tables`);
  return found.status;
}
