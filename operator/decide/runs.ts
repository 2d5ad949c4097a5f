import { runIdentity } from '../../crds/contract/names.ts';
import type { DumpIngestionStatus, TableIngestionSpec } from '../../crds/contract/generated.ts';
import { isWholeDump } from '../../crds/contract/whole-dump.ts';
import { isTrue } from './conditions.ts';
import type { ObservedIngestion, ObservedTable } from './observed.ts';

/** A DumpIngestion runs again when `spec.trigger` changes (`trigger.ts`). Each run has its number, counted from 1. */
export type Run = NonNullable<DumpIngestionStatus['run']>;

const FIRST: Run = { number: 1, since: 1 };

/** Which run this is. Its trigger is the one that it started with, whatever the manifest says meanwhile. */
export function currentRun({ spec, status }: Pick<ObservedIngestion, 'spec' | 'status'>): Run {
  if (status.run !== undefined) return status.run;
  if (status.startTime !== undefined || spec.trigger === undefined) return FIRST;
  return { ...FIRST, trigger: spec.trigger };
}

/** What identifies the current run in the names of its Jobs and TableIngestions, and in the ledger. */
export function identityOf({ metadata, status }: Pick<ObservedIngestion, 'metadata' | 'status'>): string {
  return runIdentity(metadata.uid, status.run?.number);
}

/** The TableIngestions of a DumpIngestion, by what they are to its current run. */
export interface TablesOfRuns {
  readonly tables: readonly ObservedTable[];
  /** Of earlier runs, whose results count in this one, too: a table that failed counts until this run has it. */
  readonly earlier: readonly ObservedTable[];
  /** Those of earlier runs that no longer count, by name. */
  readonly superseded: readonly string[];
  /** The files of the dumps that an earlier run could not read, until this one has its catalogue. */
  readonly unread: readonly string[];
}

const NONE = { earlier: [], superseded: [], unread: [] } as const;

export function tablesOfRuns(
  { status }: Pick<ObservedIngestion, 'status'>,
  all: readonly ObservedTable[],
): TablesOfRuns {
  const { number, since } = status.run ?? FIRST;
  if (number === 1) return { tables: all.filter(({ spec }) => runOf(spec) === 1), ...NONE };
  const tables = all.filter(({ spec }) => runOf(spec) === number);
  const current = new Set(tables.map(({ spec }) => subjectOf(spec)));
  // Of a dump that could not be read nothing was known: its tables, once they are, stand in its place.
  const readable = new Set(tables.filter(({ spec }) => !isWholeDump(spec)).map(({ spec }) => spec.dump.file));
  const isReplaced = ({ spec }: ObservedTable) =>
    current.has(subjectOf(spec)) || (isWholeDump(spec) && readable.has(spec.dump.file));
  const older = all.filter(({ spec }) => runOf(spec) < number);
  const earlier = older.filter((table) => runOf(table.spec) >= since && !isReplaced(table));
  const counted = new Set(earlier);
  // Of the tables that are to stand in its place only some may exist, until the catalogue is done.
  const isNeeded = (table: ObservedTable) =>
    isWholeDump(table.spec) && runOf(table.spec) >= since && !isTrue(status.conditions, 'Catalogued');
  const isKept = (table: ObservedTable) => counted.has(table) || isNeeded(table);
  const superseded = older.filter((table) => !isKept(table)).map(({ name }) => name);
  const unread = older.filter((table) => isWholeDump(table.spec) && isKept(table)).map(({ spec }) => spec.dump.file);
  return { tables, earlier, superseded, unread };
}

/** What a TableIngestion is about, in each run. */
export function subjectOf({ dump, table }: Pick<TableIngestionSpec, 'dump' | 'table'>): string {
  return JSON.stringify([dump.file, table]);
}

function runOf({ run = 1 }: TableIngestionSpec): number {
  return run;
}
