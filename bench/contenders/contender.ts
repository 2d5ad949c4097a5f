import type { DataSet, Table } from '../data.ts';

/** How many tables each contender loads at a time. */
export const PARALLEL_TABLES = 3;

/** One way to load a data set. */
export interface Contender {
  readonly name: string;
  /** Prepares everything that is not measured, and returns the command that is. */
  prepare(context: ContenderContext): Promise<Command>;
}

/** What a contender starts with: a database with nothing but the mother tables. */
export interface ContenderContext {
  readonly set: DataSet;
  readonly databaseUri: string;
  /** A folder for scripts and other files. */
  readonly workFolder: string;
  /** The path of a table's unpacked DAT file. */
  readonly unpacked: (table: Table) => string;
  /** A Python that has psycopg2. */
  readonly python: string;
}

export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A part of the command line that identifies the runner processes; if it is not set, all processes of the command count. */
  readonly runner?: string;
}
