import { readRuledColumns } from '../database/column-rules.ts';
import type { Database } from '../database/connection.ts';
import { readTableKeys, readUncertainDefaults, type TableKeys } from '../database/table-keys.ts';
import { readColumnTypes } from '../database/relations.ts';
import { trySavepoint } from '../database/transaction.ts';
import { freeName, judgeBatch, type BatchColumns, type JudgedBatch, type TableCheck } from '../plan/judge-batch.ts';
import { integerColumns } from '../plan/integer-keys.ts';
import type { TableKey } from '../plan/key-question.ts';
import type { RuledColumn } from '../plan/ruled-column.ts';
import { quoteIdentifier, quoteQualified, type TableName } from '../plan/sql.ts';
import { copyEncoding } from '../plan/statements.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/** What a staging table asks of its rows beside that their values are of its base types. */
export interface TableRules {
  /** All of its columns. */
  readonly columns: readonly string[];
  /** In the order in which COPY reads a record, and names what it meets first. */
  readonly ruled: readonly RuledColumn[];
  readonly checks: readonly TableCheck[];
  /** None where not all of them can be asked. */
  readonly keys: readonly TableKey[];
  /** The columns by which all of it can be asked. */
  readonly asked: readonly string[];
  /** Where it asks for nothing but keys: an integer of each of them. */
  readonly integers: readonly string[] | undefined;
}

/** Undefined where it asks nothing more. */
export async function readTableRules(
  db: Database,
  plan: TablePlan,
  staging: TableName,
): Promise<TableRules | undefined> {
  // Only PostgreSQL 18 and later have the column conenforced: a CHECK that is not enforced refuses nothing. An expression may be about the whole row.
  const { rows: checks } = await db.query<TableCheck & { columns: string[] | null }>(
    `SELECT conname AS name, pg_get_expr(conbin, conrelid) AS expression,
            CASE WHEN conkey IS NOT NULL AND 0 < ALL (conkey)
                 THEN ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) END AS columns
       FROM pg_constraint c WHERE conrelid = $1::regclass AND contype = 'c' AND coalesce((to_jsonb(c)->>'conenforced')::boolean, true) ORDER BY conname`,
    [quoteQualified(staging.schema, staging.name)],
  );
  // A value is shown as it stands in the batch, whose characters must be known.
  const found = copyEncoding(plan) === 'UTF8' ? await readRuledColumns(db, staging) : [];
  const position = ({ name }: RuledColumn) => plan.copyColumns.indexOf(name);
  const ruled = found.filter((column) => position(column) >= 0).sort((one, other) => position(one) - position(other));
  const types = await readColumnTypes(db, staging);
  const columns = [...types.keys()];
  // A generated column is made of others.
  const isOfAll = plan.mother?.columns.some(({ generated }) => generated) === true;
  const ofKeys = await askableKeys(db, plan, staging, isOfAll ? columns : undefined);
  const { keys } = ofKeys;
  if (checks.length + ruled.length + keys.length === 0) return undefined;
  const named =
    isOfAll || checks.some((check) => check.columns === null)
      ? columns
      : checks.flatMap((check) => check.columns ?? []);
  const asked = new Set([...named, ...ruled.map(({ name }) => name), ...ofKeys.columns]);
  const integers = checks.length + ruled.length === 0 ? integerColumns(keys, types) : undefined;
  return { columns, ruled, checks, keys, asked: columns.filter((name) => asked.has(name)), integers };
}

/** A value that is not of the dump must be the same in the batch as in the table. */
async function askableKeys(
  db: Database,
  { copyColumns }: TablePlan,
  staging: TableName,
  columns: readonly string[] | undefined,
): Promise<TableKeys> {
  const none = { keys: [], columns: [] };
  const found = await readTableKeys(db, staging);
  if (found === undefined || found.keys.length === 0) return none;
  const uncertain = await readUncertainDefaults(db, staging);
  const isUncertain = (columns ?? found.columns).some(
    (name) => !copyColumns.includes(name) && uncertain.includes(name),
  );
  return isUncertain ? none : found;
}

/** A temporary table that is like the staging table, but has none of its CHECKs, and base types where that has domains and enums. */
export interface JudgedTable extends JudgedBatch {
  /** Quoted. */
  readonly name: string;
  /** What `row` is, unquoted. */
  readonly numberColumn: string;
}

/**
 * Within the load's transaction, with which the table goes. It has these columns of the staging table alone. Undefined where the role may create no temporary
 * table.
 */
export async function createJudgedTable(
  db: Database,
  staging: TableName,
  table: TableName,
  rules: TableRules,
  columns: readonly string[],
): Promise<JudgedTable | undefined> {
  const name = quoteQualified(table.schema, table.name);
  const row = freeName('row_of_batch', rules.columns);
  const like = `LIKE ${quoteQualified(staging.schema, staging.name)} INCLUDING DEFAULTS INCLUDING GENERATED`;
  const changes = [
    ...rules.columns
      .filter((column) => !columns.includes(column))
      .map((column) => `DROP COLUMN ${quoteIdentifier(column)}`),
    ...rules.ruled.map((column) => `ALTER COLUMN ${quoteIdentifier(column.name)} TYPE ${column.baseType}`),
  ];
  const outcome = await trySavepoint(db, async () => {
    await db.query(`CREATE TEMPORARY TABLE ${name} (${like}, ${quoteIdentifier(row)} int) ON COMMIT DROP`);
    if (changes.length > 0) await db.query(`ALTER TABLE ${name} ${changes.join(', ')}`);
  });
  if ('error' in outcome) return undefined;
  const { ruled, checks } = rules;
  const judged: BatchColumns = { columns, row, ruled, checks };
  return { name, numberColumn: row, ...judgeBatch(name, judged) };
}
