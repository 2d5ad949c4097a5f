import { basename } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import { dialectOf } from '../dump/dialects.ts';
import type { DumpTable } from './dump-table.ts';
import type { DumpSource } from '../dump/dump-source.ts';
import { findFile, stampOf } from '../dump/file-stamp.ts';
import { openSource } from '../dump/open-source.ts';
import { plainName } from '../../crds/contract/encrypted-name.ts';
import { isNoDumps, type FoundDump } from '../dump/found-dump.ts';
import { mapInParallel } from '../../crds/contract/in-parallel.ts';
import { compileNamePattern, type DumpName } from '../dump/dump-name.ts';
import { markDuplicates } from './duplicate-dumps.ts';
import { failedDump, readDump, type DumpContent } from './read-dump.ts';

export type { Dump, DumpTable } from './dump-table.ts';
export { decideEntries } from './decide-entries.ts';

export type ScanTask = Pick<
  CatalogueTask,
  'dumpsFolder' | 'remote' | 'decryption' | 'source' | 'format' | 'limits' | 'archive'
>;

/** Dumps that are open at once: reading them waits for the volume more than for this machine. */
const MAX_OPEN_DUMPS = 16;

/**
 * Every (dump, table) pair, sorted by dump and table, from the ZIPs' directories and schema files alone. A broken dump is an entry with a
 * failure, so that it does not stop the others; one that exists twice is listed as a duplicate.
 */
export async function scanDumps(task: ScanTask): Promise<readonly DumpTable[]> {
  const nameOf = compileNamePattern(task.format.dumpName);
  const source = await openSource(task);
  const dumps = await listDumps(source, task);
  let count = 0;
  const scanned = await mapInParallel(dumps, MAX_OPEN_DUMPS, async (found) => {
    const content = await readFound(source, found, nameOf(plainName(basename(found.file))), task);
    count += content.tables.length;
    if (count > task.limits.maxTables) throw tooManyTables(task, source.location);
    return { ...found, ...content };
  });
  return markDuplicates(scanned).flatMap(({ tables }) => tables);
}

/** Where dumps go once they are loaded, none is left when nothing new has come. */
async function listDumps(source: DumpSource, task: ScanTask): Promise<readonly FoundDump[]> {
  try {
    return await source.list(task.source);
  } catch (error) {
    const mayBeEmpty = task.archive === 'Move' || task.archive === 'Delete';
    if (mayBeEmpty && isNoDumps(error)) return [];
    throw error;
  }
}

async function readFound(
  source: DumpSource,
  { file, path, problem }: FoundDump,
  name: DumpName | undefined,
  task: ScanTask,
): Promise<DumpContent> {
  const dump = { file, version: '', ...name, dialect: dialectOf(file, task.format) };
  if (problem !== undefined) return { tables: [failedDump(dump, problem)] };
  if (name !== undefined) {
    const stats = task.archive === undefined || path === undefined ? undefined : await findFile(path);
    const { tables, ...content } = await readDump(source, dump, task);
    return {
      ...content,
      tables: stats === undefined ? tables : tables.map((table) => ({ ...table, stamp: stampOf(stats) })),
    };
  }
  const message = `its name does not match spec.format.dumpName (${task.format.dumpName}): rename it, or exclude it with spec.source.exclude`;
  return { tables: [failedDump(dump, new ManifestError('DumpNameDoesNotMatch', message))] };
}

function tooManyTables({ limits }: ScanTask, location: string): ManifestError {
  const message = `the dumps have more than ${limits.maxTables} tables (spec.limits.maxTables): raise the limit, or narrow spec.source.include`;
  return new ManifestError('TooManyTables', message, { file: location });
}
