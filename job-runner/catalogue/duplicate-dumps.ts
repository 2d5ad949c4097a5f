import type { DumpTable } from './dump-table.ts';

/** A dump with its tables and what shows whether another one is the same. */
export interface ScannedDump {
  readonly file: string;
  /** Where the file itself lies; undefined if that could not be found out. */
  readonly path?: string;
  readonly isLink: boolean;
  /** Of all its bytes; undefined if it was not read. */
  readonly fingerprint?: string;
  readonly tables: readonly DumpTable[];
}

/**
 * Marks the tables of each dump that exists twice: a link such as `crm_latest.zip`, a browser's second download such as `crm_v3 (1).zip`, a copy.
 * Only what is the same file, or has the same bytes as far as the ZIP's directory shows, is a duplicate: the same rows in another ZIP may be
 * another release.
 */
export function markDuplicates(dumps: readonly ScannedDump[]): readonly ScannedDump[] {
  const originals = new Map<string, ScannedDump>();
  const fingerprints = new Map<string, string>();
  for (const dump of dumps.toSorted(byOriginality)) {
    const { fingerprint, path } = dump;
    if (fingerprint === undefined) continue;
    if (!originals.has(fingerprint)) originals.set(fingerprint, dump);
    if (path !== undefined) fingerprints.set(path, fingerprint);
  }
  return dumps.map((dump) => {
    // A link whose name does not match the pattern is not read, but its target is.
    const fingerprint = dump.fingerprint ?? fingerprints.get(dump.path ?? '');
    const original = originals.get(fingerprint ?? '');
    if (original === undefined || original === dump) return dump;
    const duplicate = { file: original.file, isLink: dump.path !== undefined && dump.path === original.path };
    return { ...dump, tables: dump.tables.map((table) => ({ ...table, duplicate })) };
  });
}

/** The file before its links, and the short name before that of a copy. */
function byOriginality(one: ScannedDump, other: ScannedDump): number {
  if (one.isLink !== other.isLink) return one.isLink ? 1 : -1;
  return one.file.length - other.file.length || (one.file < other.file ? -1 : 1);
}

/** Warnings of dumps, by their files, with different bytes but the same data by their CRC-32s: a release exported twice, or one without changes. */
export function warnOfTwins(tables: readonly DumpTable[]): ReadonlyMap<string, string> {
  const contents = new Map<string, string>();
  for (const [file, ofDump] of Map.groupBy(tables, ({ dump }) => dump.file)) {
    if (ofDump.some(({ failure, duplicate }) => failure !== undefined || duplicate !== undefined)) continue;
    contents.set(file, JSON.stringify(ofDump.map(({ table, dat }) => [table, dat?.bytes, dat?.crc32])));
  }
  const groups = [...Map.groupBy(contents.keys(), (file) => contents.get(file)).values()];
  return new Map(
    groups.flatMap(([first, ...others]) =>
      others.map((file): [string, string] => [
        file,
        `${file} has the same rows as ${first ?? ''} in all its tables, and both are loaded: if it is the same release twice, exclude one with spec.source.exclude`,
      ]),
    ),
  );
}
