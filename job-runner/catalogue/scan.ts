import { basename } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import { dialectOf } from '../dump/dialects.ts';
import type { DumpTable } from './dump-table.ts';
import { findDumps, type FoundDump } from '../dump/find-dumps.ts';
import { mapInParallel } from '../../crds/contract/in-parallel.ts';
import { compileNamePattern, type DumpName } from '../dump/dump-name.ts';
import { markDuplicates } from './duplicate-dumps.ts';
import { failedDump, readDump, type DumpContent } from './read-dump.ts';

export type { Dump, DumpTable } from './dump-table.ts';
export { decideEntries } from './decide-entries.ts';

export type ScanTask = Pick<CatalogueTask, 'dumpsFolder' | 'source' | 'format' | 'limits'>;

/** Dumps that are open at once: reading them waits for the volume more than for this machine. */
const MAX_OPEN_DUMPS = 16;

/**
 * Every (dump, table) pair, sorted by dump and table, from the ZIPs' directories and schema files alone. A broken dump is an entry with a
 * failure, so that it does not stop the others; one that exists twice is listed as a duplicate.
 */
export async function scanDumps(task: ScanTask): Promise<readonly DumpTable[]> {
  const nameOf = compileNamePattern(task.format.dumpName);
  const dumps = await findDumps(task.dumpsFolder, task.source);
  let count = 0;
  const scanned = await mapInParallel(dumps, MAX_OPEN_DUMPS, async (found) => {
    const content = await readFound(found, nameOf(basename(found.file)), task);
    count += content.tables.length;
    if (count > task.limits.maxTables) throw tooManyTables(task);
    return { ...found, ...content };
  });
  return markDuplicates(scanned).flatMap(({ tables }) => tables);
}

async function readFound(
  { file, problem }: FoundDump,
  name: DumpName | undefined,
  task: ScanTask,
): Promise<DumpContent> {
  const dump = { file, version: '', ...name, dialect: dialectOf(file, task.format) };
  if (problem !== undefined) return { tables: [failedDump(dump, problem)] };
  if (name !== undefined) return await readDump(dump, task);
  const message = `its name does not match spec.format.dumpName (${task.format.dumpName}): rename it, or exclude it with spec.source.exclude`;
  return { tables: [failedDump(dump, new ManifestError('DumpNameDoesNotMatch', message))] };
}

function tooManyTables({ dumpsFolder, limits }: ScanTask): ManifestError {
  const message = `the dumps have more than ${limits.maxTables} tables (spec.limits.maxTables): raise the limit, or narrow spec.source.include`;
  return new ManifestError('TooManyTables', message, { file: dumpsFolder });
}
