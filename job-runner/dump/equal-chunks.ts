import { shorten } from '../../crds/contract/errors.ts';
import type { Archive, ArchiveEntry } from './archive.ts';

/** The warnings about chunks of a table with the same bytes. Those of nothing but a header are alike. */
export async function findEqualChunks(
  archive: Archive,
  entries: readonly ArchiveEntry[],
  headerBytes: number,
): Promise<readonly string[]> {
  if (entries.length === 1) return [];
  const chunks: IdentifiedChunk[] = [];
  for (const entry of entries)
    if (entry.bytes > headerBytes) chunks.push({ ...entry, content: await archive.identify(entry) });
  return warnOfEqualChunks(chunks);
}

/** `content` is what `Archive.identify` says. */
interface IdentifiedChunk extends Pick<ArchiveEntry, 'name' | 'bytes'> {
  readonly content: string;
}

/** Chunks with the same bytes: a copy by accident, or rows that occur several times. Only a key would decide, which a schema file has not. */
function warnOfEqualChunks(chunks: readonly IdentifiedChunk[]): string[] {
  const [group, ...others] = [...Map.groupBy(chunks, ({ bytes, content }) => `${bytes}:${content}`).values()].filter(
    (entries) => entries.length > 1,
  );
  const [first, second] = group ?? [];
  if (group === undefined || first === undefined || second === undefined) return [];
  const more = [group, ...others].reduce((total, entries) => total + entries.length - 1, -1);
  const also = more === 0 ? '' : `, and ${more} more chunks are copies as well`;
  return [
    `the chunk ${shorten(second.name)} has the same bytes as ${shorten(first.name)}${also}: all of their rows are loaded. If one is a copy by mistake, remove it from the dump, and load that again`,
  ];
}
