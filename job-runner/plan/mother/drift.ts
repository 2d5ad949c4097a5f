import { MAX_DRIFT, type DriftSummary } from '../../../crds/contract/report.ts';
import { compareNames } from '../name-order.ts';
import { contentsOf, type KnownVersion } from './known-version.ts';
import { typesOf, type DumpedTable } from './mother-derived.ts';
import { motherFinder, type MotherPlan } from './plan-mothers.ts';

/** A version with its columns, as its own dump has them. */
export interface VersionColumns extends Pick<KnownVersion, 'mother' | 'dump' | 'version' | 'columns' | 'isRecorded'> {
  readonly isLoaded: boolean;
}

/** What a version has otherwise than the one before it. */
export interface VersionDrift {
  readonly version: string;
  readonly dump: string;
  readonly isLoaded: boolean;
  /** Of a load before Motherload recorded columns nothing is known, and it is not compared. */
  readonly isRecorded: boolean;
  readonly added: readonly { readonly name: string; readonly type: string }[];
  readonly dropped: readonly { readonly name: string; readonly type: string }[];
  readonly retyped: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

export interface MotherDrift {
  readonly mother: string;
  readonly versions: readonly VersionDrift[];
}

/** Of all mothers, in the order of their names. */
export function driftOf(versions: readonly VersionColumns[]): readonly MotherDrift[] {
  const byMother = Map.groupBy(versions, ({ mother }) => mother);
  return [...byMother]
    .sort(([one], [other]) => compareNames(one, other))
    .map(([mother, ofMother]) => ({ mother, versions: driftOfVersions(ofMother) }));
}

/** The versions that are loaded, and those of this run that are not: one of the same dump takes the place of what was loaded from it before. */
export function versionsOf(
  known: readonly KnownVersion[],
  tables: readonly DumpedTable[],
  mothers: readonly MotherPlan[],
): readonly VersionColumns[] {
  const isLoaded = contentsOf(known);
  const motherOf = motherFinder(mothers);
  const arriving = [...Map.groupBy(tables, ({ table }) => table)].flatMap(([name, ofTable]) => {
    const mother = motherOf(name)?.name;
    if (mother === undefined) return [];
    return ofTable
      .filter((table) => table.columns.length > 0 && !isLoaded(table, mother))
      .map((table) => {
        const { file: dump, version } = table;
        return { mother, dump, version, columns: typesOf(table), isRecorded: true, isLoaded: false };
      });
  });
  const replaced = new Set(arriving.map(({ mother, dump }) => JSON.stringify([mother, dump])));
  const loaded = known.filter(({ mother, dump }) => !replaced.has(JSON.stringify([mother, dump])));
  return [...loaded.map((version) => ({ ...version, isLoaded: true })), ...arriving];
}

function driftOfVersions(versions: readonly VersionColumns[]): readonly VersionDrift[] {
  const ordered = versions.toSorted(
    (one, other) => compareNames(one.version, other.version) || compareNames(one.dump, other.dump),
  );
  let before: VersionColumns | undefined;
  return ordered.map((version) => {
    const { dump, isLoaded, isRecorded } = version;
    const same = { version: version.version, dump, isLoaded, isRecorded, added: [], dropped: [], retyped: [] };
    if (!isRecorded) return same;
    const drift = before === undefined ? same : { ...same, ...differences(before.columns, version.columns) };
    before = version;
    return drift;
  });
}

function differences(
  before: VersionColumns['columns'],
  after: VersionColumns['columns'],
): Pick<VersionDrift, 'added' | 'dropped' | 'retyped'> {
  const only = (columns: VersionColumns['columns'], others: VersionColumns['columns']) =>
    [...columns].flatMap(([name, type = '']) => (others.has(name) ? [] : [{ name, type }]));
  const retyped = [...after].flatMap(([name, to = '']) => {
    const from = before.get(name);
    return from === undefined || from === to ? [] : [{ name, from, to }];
  });
  return { added: only(after, before), dropped: only(before, after), retyped };
}

/** The mothers with the most differences, most first; none without. */
export function summarizeDrift(drifts: readonly MotherDrift[]): readonly DriftSummary[] {
  const summaries = drifts.map(({ mother, versions }) => {
    const count = (what: 'added' | 'dropped' | 'retyped') =>
      versions.reduce((sum, version) => sum + version[what].length, 0);
    return {
      ...{ mother, versions: versions.length },
      ...{ added: count('added'), dropped: count('dropped'), retyped: count('retyped') },
    };
  });
  return summaries
    .filter((summary) => differencesOf(summary) > 0)
    .sort((one, other) => differencesOf(other) - differencesOf(one) || compareNames(one.mother, other.mother))
    .slice(0, MAX_DRIFT);
}

function differencesOf({ added, dropped, retyped }: DriftSummary): number {
  return added + dropped + retyped;
}
