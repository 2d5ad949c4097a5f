import { ManifestError } from '../../crds/contract/errors.ts';
import { commentStatement, dropStatement } from '../plan/statements.ts';
import type { Database } from './connection.ts';
import type { LedgerRow } from './ledger.ts';

/** A relation of the target schema that has a version table's name. */
export interface FoundRelation {
  readonly oid: number;
  /** An ordinary table, so not a view, sequence, index or partitioned table. */
  readonly isTable: boolean;
  readonly comment: string | null;
  /** The tables that it inherits from, as `schema.name`. */
  readonly mothers: readonly string[];
}

/**
 * The comment that marks a version table. A table is Motherload's only where the ledger knows it and its comment names the same load: that
 * survives dump and restore, which object identifiers do not, and a table that somebody made anew under the name does not have it.
 */
export function versionTableComment(load: Pick<LedgerRow, 'loadId' | 'dumpFile' | 'entry'>): string {
  return `Loaded by Motherload from ${load.dumpFile}:${load.entry}, load ${load.loadId}`;
}

/** Whatever has this name in the schema; a composite type counts, too, for it takes the name. */
export async function findRelation(db: Database, schema: string, name: string): Promise<FoundRelation | undefined> {
  const { rows } = await db.query<{ oid: number; kind: string; comment: string | null; mothers: string[] }>(
    `SELECT c.oid::int8::float8 AS oid, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment,
            array(SELECT concat_ws('.', s.nspname, m.relname) FROM pg_inherits h
                    JOIN pg_class m ON m.oid = h.inhparent JOIN pg_namespace s ON s.oid = m.relnamespace
                   WHERE h.inhrelid = c.oid ORDER BY h.inhseqno) AS mothers
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  const [row] = rows;
  return row === undefined
    ? undefined
    : { oid: row.oid, isTable: row.kind === 'r', comment: row.comment, mothers: row.mothers };
}

/** Whether the relation is the very table that the ledger's load made. */
export function isLoadedTable(
  relation: Pick<FoundRelation, 'isTable' | 'comment'>,
  load: LedgerRow | undefined,
): load is LedgerRow {
  return (
    load !== undefined &&
    relation.isTable &&
    relation.comment !== null &&
    relation.comment.endsWith(`load ${load.loadId}`)
  );
}

/** The error for a relation that has the name and is not Motherload's. */
export function notOurs(schema: string, name: string): ManifestError {
  const message =
    `${schema}.${name} exists and is not a table that Motherload loaded (its comment does not name a load of the ledger): ` +
    'rename or drop it, or choose another spec.target.versionTableName';
  return new ManifestError('NotOurs', message, { table: name });
}

export async function commentVersionTable(db: Database, schema: string, name: string, comment: string): Promise<void> {
  await db.query(commentStatement({ schema, name }, comment));
}

/** Drops version tables (or a mother with them) by one statement; what depends on them from outside stops that. */
export async function dropTables(db: Database, tables: readonly { schema: string; name: string }[]): Promise<void> {
  if (tables.length === 0) return;
  try {
    await db.query(dropStatement(tables));
  } catch (error) {
    // dependent_objects_still_exist
    if ((error as { code?: string }).code !== '2BP01') throw error;
    const [first = { schema: '', name: '' }] = tables;
    const more = tables.length > 1 ? ` with ${tables.length - 1} more` : '';
    const { detail } = error as { detail?: string };
    throw tableInUse(first, more, detail?.split('\n') ?? ['unnamed'], { cause: error });
  }
}

/** The error for a table that other objects depend on; `more` follows its name. */
export function tableInUse(
  { schema, name }: { schema: string; name: string },
  more: string,
  dependents: readonly string[],
  options?: ErrorOptions,
): ManifestError {
  const shown =
    dependents.slice(0, 5).join('; ') + (dependents.length > 5 ? `; and ${dependents.length - 5} more` : '');
  const message = `${schema}.${name}${more} cannot be dropped, other objects depend on it (${shown}): drop those first`;
  return new ManifestError('TableInUse', message, { table: name }, options);
}
