import type { DataSet, Table } from '../data.ts';

/** How many tables each contender loads at a time. */
export const PARALLEL_TABLES = 3;

/** One way to load a data set. */
export interface Contender {
  readonly name: string;
  /** Makes what must be there before the clock starts and returns the command that is measured. */
  prepare(circumstances: Circumstances): Promise<Command>;
}

/** What a contender finds: an empty database but for the mothers. */
export interface Circumstances {
  readonly set: DataSet;
  readonly databaseUri: string;
  /** A folder for scripts and the like. */
  readonly workFolder: string;
  /** Where a table's DAT file lies unpacked. */
  readonly unpacked: (table: Table) => string;
  /** A Python that has psycopg2. */
  readonly python: string;
}

export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Part of the command line of the processes that count as runners; all of its processes where it is not given. */
  readonly runner?: string;
}
