import { DataError, shorten, type MotherloadError } from '../../crds/contract/errors.ts';
import type { ChunkName } from './chunk-name.ts';
import { entryLocation, type ArchiveEntry } from './zip-entries.ts';

/** A DAT entry, or all those of a table in chunks as if they were one: sizes are sums. */
export interface DatEntry extends ArchiveEntry {
  readonly chunks?: readonly ArchiveEntry[];
}

export interface Chunk {
  readonly name: ChunkName;
  readonly entry: ArchiveEntry;
}

/** The chunks of a table as one DAT entry; `dump` is how messages call the ZIP. A table of which a chunk is missing is refused. */
export function joinChunks(chunks: readonly Chunk[], dump: string): DatEntry {
  const partitions = [...Map.groupBy(chunks, ({ name }) => name.partition ?? '')]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, part]) => part.toSorted((one, other) => one.name.number - other.name.number));
  const ordered = partitions.flat();
  const entries = ordered.map(({ entry }) => entry);
  const problem =
    partitions.map((part) => findGap(part, dump)).find((gap) => gap !== undefined) ??
    entries.find((entry) => entry.problem !== undefined)?.problem;
  const names = [entries[0], ...(entries.length > 1 ? [entries.at(-1)] : [])].map((entry) => entry?.name ?? '');
  return {
    name: names.join(' to '),
    bytes: sum(entries, ({ bytes }) => bytes),
    compressedBytes: sum(entries, ({ compressedBytes }) => compressedBytes),
    chunks: entries,
    ...(problem === undefined ? {} : { problem }),
  };
}

function findGap(ordered: readonly Chunk[], dump: string): MotherloadError | undefined {
  const [first] = ordered;
  if (first === undefined) return undefined;
  const start = Math.min(first.name.number, 1);
  const wrong = ordered.findIndex(({ name }, index) => name.number !== start + index);
  const last = ordered.at(-1);
  const isOpen = last?.name.mark === '@';
  if (wrong === -1 && !isOpen) return undefined;
  const found = ordered[wrong];
  if (found !== undefined && found.name.number === ordered[wrong - 1]?.name.number) {
    const message = `the table has chunk ${found.name.number} twice, the second time as "${shorten(found.entry.name)}": remove one`;
    return new DataError('DuplicateEntry', message, { file: entryLocation(dump, found.entry.name) });
  }
  const missing = found === undefined ? 'the last chunk (@@ before its number)' : `chunk ${start + wrong}`;
  // Years, for example, are no numbers of chunks.
  const isBegun = wrong !== 0 || first.name.mark !== '';
  const remedy = isBegun ? '' : ', or give each file a schema file of its own if it is a table';
  const message = `the table is split into chunks, and ${missing} is missing: copy or create the dump again${remedy}`;
  return new DataError('ChunkMissing', message, {
    file: entryLocation(dump, (found ?? last ?? first).entry.name),
  });
}

function sum(entries: readonly ArchiveEntry[], measure: (entry: ArchiveEntry) => number): number {
  return entries.reduce((total, entry) => total + measure(entry), 0);
}
