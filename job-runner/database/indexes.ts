import { createHash } from 'node:crypto';
import { ManifestError } from '../../crds/contract/errors.ts';
import { shortenIdentifier } from '../plan/identifier.ts';
import { quoteIdentifier, quoteQualified } from '../plan/sql.ts';
import type { Database } from './connection.ts';

interface MotherIndex {
  readonly name: string;
  /** `PRIMARY KEY (…)`, `UNIQUE (…)`, `EXCLUDE …` where the index stands behind a constraint. */
  readonly constraint: string | null;
  readonly definition: string;
  /** What `pg_get_indexdef` begins with, up to the place where the table's name ends. */
  readonly prefix: string;
  readonly isUnique: boolean;
}

interface TableName {
  readonly schema: string;
  readonly name: string;
}

/**
 * Makes the mother's indexes and the constraints behind them on a table: LIKE … INCLUDING INDEXES would do it too, but before the load, and
 * filling an index row by row costs more than building it once. Storage parameters of an index behind a constraint stay at their defaults, for
 * `pg_get_constraintdef` leaves them out. `versionTable` is what the table will be called: its indexes are named after it.
 */
export async function copyIndexes(
  db: Database,
  mother: TableName,
  table: TableName,
  versionTable: string,
): Promise<void> {
  for (const statement of await indexStatements(db, mother, table, versionTable)) await db.query(statement);
}

export async function indexStatements(
  db: Database,
  mother: TableName,
  table: TableName,
  versionTable: string,
): Promise<string[]> {
  const target = quoteQualified(table.schema, table.name);
  const taken = new Set<string>();
  return (await readIndexes(db, mother)).map((index) => {
    const likely = indexName(index.name, mother.name, versionTable);
    const unquoted = taken.has(likely) ? otherName(likely, index.name) : likely;
    const name = quoteIdentifier(unquoted);
    taken.add(unquoted);
    return index.constraint !== null
      ? `ALTER TABLE ${target} ADD CONSTRAINT ${name} ${index.constraint}`
      : `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${name} ON ${target}${restOf(index, mother)}`;
  });
}

/** `rides_pkey` of `rides` is `v1_rides_pkey` of `v1_rides`. */
export function indexName(index: string, mother: string, versionTable: string): string {
  // As a function, for a text would be searched for `$&` and the like.
  return shortenIdentifier(
    index.includes(mother) ? index.replace(mother, () => versionTable) : `${versionTable}_${index}`,
  );
}

/** `idx` and `rides_idx` of `rides` would have one name for `v1_rides`. */
function otherName(likely: string, index: string): string {
  return shortenIdentifier(`${createHash('sha256').update(index).digest('hex').slice(0, 8)}_${likely}`);
}

/** The text of an index's definition from `USING` on. */
function restOf(index: MotherIndex, mother: TableName): string {
  if (index.definition.startsWith(index.prefix)) return index.definition.slice(index.prefix.length);
  const message = `index ${index.name} of ${mother.schema}.${mother.name} has an unexpected definition: set spec.motherTables.indexes: None`;
  throw new ManifestError('UnknownIndex', message, { table: mother.name });
}

/** Valid indexes alone: one that a broken CREATE INDEX CONCURRENTLY left is none. */
async function readIndexes(db: Database, mother: TableName): Promise<MotherIndex[]> {
  const { rows } = await db.query<MotherIndex>(
    `SELECT i.relname AS name,
            pg_get_constraintdef(k.oid) AS constraint,
            pg_get_indexdef(i.oid) AS definition,
            x.indisunique AS "isUnique",
            format('CREATE %sINDEX %I ON %I.%I', CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END, i.relname, n.nspname, t.relname) AS prefix
       FROM pg_index x
       JOIN pg_class i ON i.oid = x.indexrelid
       JOIN pg_class t ON t.oid = x.indrelid
       JOIN pg_namespace n ON n.oid = t.relnamespace
       LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')
      WHERE n.nspname = $1 AND t.relname = $2 AND x.indisvalid
      ORDER BY i.relname`,
    [mother.schema, mother.name],
  );
  return rows;
}
