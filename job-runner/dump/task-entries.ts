import { DataError } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import type { DatEntry } from './table-chunks.ts';
import { groupEntries } from './table-files.ts';
import { namingOf } from './table-schema.ts';

/** The DAT file's entries as the catalogue saw them. */
export async function findDatEntries(
  archive: Archive,
  task: LoadTask,
): Promise<readonly [ArchiveEntry, ...ArchiveEntry[]]> {
  const { dat, dump, table } = task.table;
  if (dat?.chunks === undefined) return [await findEntry(archive, task, dat)];
  const naming = namingOf(task.format, sourceOf(task));
  const tables = archive.contents.derive('Tables', JSON.stringify([naming, dump.file]), () => {
    const groups = groupEntries(archive.entries, naming, dump.file);
    return new Map(groups.toReversed().map((files) => [files.table, files]));
  });
  const files = tables.get(table);
  // The first one with a header comes first, if there is one.
  const [first, ...others] = (files?.dat?.chunks ?? []).toSorted(
    (a, b) => Number(a.bytes === 0) - Number(b.bytes === 0),
  );
  if (first === undefined || !(await isSame(archive, files?.dat, dat))) throw dumpChanged(task, dat.entry);
  return [first, ...others];
}

/** What decides how names and types of a dump are read. */
export function sourceOf({ format, table: { dump } }: LoadTask): { readonly file: string; readonly dialect: string } {
  return { file: dump.file, dialect: dump.dialect ?? format.dialect };
}

/** An entry that must be as the catalogue saw it. */
export async function findEntry(
  archive: Archive,
  task: LoadTask,
  expected: ExpectedEntry | undefined,
): Promise<ArchiveEntry> {
  const entry = expected && archive.contents.find(expected.entry);
  if (entry !== undefined && (await isSame(archive, entry, expected))) return entry;
  throw dumpChanged(task, expected?.entry ?? 'an entry');
}

/** An entry as the catalogue saw it. */
type ExpectedEntry = Pick<NonNullable<LoadTask['table']['dat']>, 'entry' | 'bytes' | 'crc32'>;

async function isSame(
  archive: Archive,
  entry: DatEntry | undefined,
  expected: ExpectedEntry | undefined,
): Promise<boolean> {
  return entry?.bytes === expected?.bytes && entry !== undefined && (await archive.identify(entry)) === expected?.crc32;
}

function dumpChanged(task: LoadTask, entry: string): DataError {
  const message = `the dump changed after the catalogue was made (${entry} has other content or is gone): run the ingestion again`;
  return new DataError('DumpChanged', message, { file: task.table.dump.file, table: task.table.table });
}
