import { indexStatements, type MotherIndex } from './index-statements.ts';
import { forgetStatements, recordStatement, type PlannedLedgerRow } from './ledger-statements.ts';
import type { TableName } from './sql.ts';
import {
  analyzeStatement,
  commentStatement,
  copyStatement,
  createStatements,
  dropIfExistsStatement,
  dropStatement,
  inheritStatement,
  lockStatement,
  moveStatements,
  type CopyStatementFormat,
} from './statements.ts';
import type { TablePlan } from './table-plan.ts';
import { versionTableComment } from './version-table-comment.ts';

/** What was decided about a table, and what was found in the database. */
export interface LoadStepsInput {
  readonly plan: TablePlan;
  readonly staging: TableName;
  readonly copyFormat: CopyStatementFormat;
  /** Connections that copy at the same time. */
  readonly streams: number;
  readonly isBatched: boolean;
  /** The indexes that the version table gets. */
  readonly indexes: readonly MotherIndex[];
  /** Whether the version table of an earlier load is replaced. */
  readonly replaces: boolean;
  readonly ledgerSchema: string;
  readonly ledgerRow: PlannedLedgerRow;
}

/** One statement after COPY. What it does decides what its failure means. */
export interface LoadStep {
  readonly does: 'Index' | 'Analyze' | 'Replace' | 'Move' | 'Inherit' | 'Comment';
  readonly sql: string;
}

/**
 * The statements of a load, in their order: the loader runs this very value, and `motherload plan` prints it. Transactions, savepoints and
 * settings of the session are the loader's.
 */
export interface LoadSteps {
  readonly staging: TableName;
  /** Drops what a failed attempt left. */
  readonly clear: string;
  readonly create: readonly string[];
  readonly copy: {
    readonly format: CopyStatementFormat;
    readonly streams: number;
    /** Row by row where PostgreSQL refuses one, and not as a whole. */
    readonly isBatched: boolean;
    /** Run by each stream. With several streams each is a session of its own and locks the table first. */
    readonly lock?: string;
    readonly statement: string;
  };
  readonly finish: readonly LoadStep[];
  /** `Replace` only where the table to be replaced is still there. */
  readonly attach: readonly LoadStep[];
  readonly ledger: {
    readonly forget: readonly string[];
    /** Its parameters are `recordParameters`. */
    readonly record: string;
  };
}

export function buildLoadSteps(input: LoadStepsInput): LoadSteps {
  const { plan, staging, copyFormat, streams, isBatched, ledgerSchema, ledgerRow } = input;
  return {
    staging,
    clear: dropIfExistsStatement(staging),
    create: createStatements(plan, staging),
    copy: {
      format: copyFormat,
      streams,
      isBatched,
      ...(streams > 1 ? { lock: lockStatement(staging, 'ROW EXCLUSIVE') } : {}),
      statement: copyStatement(plan, staging, copyFormat),
    },
    finish: finishSteps(input),
    attach: attachSteps(input),
    ledger: {
      forget: forgetStatements(ledgerSchema, [plan.versionTable], 'Replaced'),
      record: recordStatement(ledgerSchema, ledgerRow),
    },
  };
}

/** The indexes that are built before COPY: where rows are copied batch by batch, each of them says which record violates it. */
export function indexesBeforeCopy({ copy, finish }: LoadSteps): readonly LoadStep[] {
  return copy.isBatched ? finish.filter(({ does }) => does === 'Index') : [];
}

/** All statements in their order, those of the streams once. */
export function statementsOf({ clear, create, copy, finish, attach, ledger }: LoadSteps): string[] {
  return [
    clear,
    ...create,
    ...(copy.lock === undefined ? [] : [copy.lock]),
    copy.statement,
    ...[...finish, ...attach].map(({ sql }) => sql),
    ...ledger.forget,
    ledger.record,
  ];
}

/** Final values, indexes, statistics: all that takes time, before the first strong lock. */
function finishSteps({ plan, staging, indexes }: LoadStepsInput): LoadStep[] {
  const { mother, versionTable } = plan;
  return [
    ...stepsThat('Index', mother === undefined ? [] : indexStatements(indexes, mother, staging, versionTable.name)),
    ...stepsThat('Analyze', [analyzeStatement(staging)]),
  ];
}

function attachSteps({ plan, staging, replaces, ledgerRow }: LoadStepsInput): LoadStep[] {
  const { mother, versionTable } = plan;
  const replace = [lockStatement(versionTable, 'ACCESS EXCLUSIVE'), dropStatement([versionTable])];
  return [
    ...stepsThat('Replace', replaces ? replace : []),
    ...stepsThat('Move', moveStatements(plan, staging)),
    ...stepsThat('Inherit', mother === undefined ? [] : [inheritStatement(versionTable, mother)]),
    ...stepsThat('Comment', [commentStatement(versionTable, versionTableComment(ledgerRow))]),
  ];
}

function stepsThat(does: LoadStep['does'], statements: readonly string[]): LoadStep[] {
  return statements.map((sql) => ({ does, sql }));
}
