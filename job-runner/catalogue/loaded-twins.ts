import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { KnownVersion } from '../plan/mother/known-version.ts';

type Twin = Pick<KnownVersion, 'dump' | 'versionTable'>;

/**
 * Warnings of dumps, by their files, whose rows an earlier run has loaded into the same mothers under other names: the dump was renamed, or the
 * pattern of names was changed. As it may also be a release without changes, it is loaded. One that is still in the folder is reported by `warnOfTwins`.
 */
export function warnOfLoadedTwins(
  entries: readonly TableIngestionSpec[],
  known: readonly KnownVersion[],
): ReadonlyMap<string, string> {
  const versions = Map.groupBy(known, ({ mother, content: { crc32, bytes } }) => keyOf(mother, crc32, bytes));
  const byFile = Map.groupBy(entries, ({ dump }) => dump.file);
  const warnings = new Map<string, string>();
  for (const [file, ofDump] of byFile) {
    const twin = twinOf(ofDump, versions, (dump) => dump !== file && byFile.has(dump));
    if (twin === undefined) continue;
    const { dump, versionTable } = twin;
    const what = `has the rows that were loaded from ${dump} in all its tables, as ${versionTable} for example, so that its mother tables have them twice`;
    warnings.set(file, `${file} ${what}: if it is the same release, drop the version tables of the one or the other`);
  }
  return warnings;
}

/** An earlier dump that has the content of each of these tables under another name; of several the oldest. */
function twinOf(
  entries: readonly TableIngestionSpec[],
  versions: ReadonlyMap<string, readonly KnownVersion[]>,
  isReported: (dump: string) => boolean,
): Twin | undefined {
  let common: ReadonlyMap<string, Twin> | undefined;
  for (const { decision, mother, dat, versionTable } of entries) {
    if (decision === 'Skip') continue;
    if (decision === 'Fail' || mother === undefined || dat?.crc32 === undefined) return undefined;
    const same = (versions.get(keyOf(mother, dat.crc32, dat.bytes)) ?? []).filter(
      (version) =>
        version.versionTable !== versionTable && !isReported(version.dump) && (common?.has(version.dump) ?? true),
    );
    common = new Map(same.map((version) => [version.dump, version]));
    if (common.size === 0) return undefined;
  }
  return common?.values().next().value;
}

function keyOf(mother: string, crc32: string, bytes: number): string {
  return JSON.stringify([mother, crc32, bytes]);
}
