import type { Database } from './connection.ts';

/** A table to drop, and the step that drops it: one statement drops all tables of a step, after those of earlier steps. */
export interface NumberedTable {
  readonly oid: number;
  readonly step: number;
}

/**
 * The objects that prevent DROP TABLE, by the table's oid. What belongs to a table is dropped with it (its type, indexes, constraints, owned
 * sequences: the dependency types `a`, `i`, `P` and `S`), recursively. Any other object that depends on one of these, type `n`, prevents the drop,
 * unless it is dropped in the same or an earlier step. https://www.postgresql.org/docs/18/catalog-pg-depend.html
 */
export async function findDependents(
  db: Database,
  tables: readonly NumberedTable[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (tables.length === 0) return new Map();
  const { rows } = await db.query<{ oid: number; dependents: string[] }>(
    `WITH RECURSIVE dropped (class, object, root, step) AS (
       SELECT 'pg_class'::regclass::oid, t.oid, t.oid, t.step FROM unnest($1::oid[], $2::integer[]) AS t (oid, step)
       UNION
       SELECT d.classid, d.objid, o.root, o.step FROM dropped o
         JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.object AND d.deptype IN ('a', 'i', 'P', 'S')
     )
     SELECT o.root::int8::float8 AS oid, array_agg(DISTINCT ${OWNER_OR_SELF}) AS dependents
       FROM dropped o
       JOIN pg_depend d ON d.refclassid = o.class AND d.refobjid = o.object AND d.deptype = 'n'
      WHERE NOT EXISTS (SELECT FROM dropped g WHERE g.class = d.classid AND g.object = d.objid AND g.step <= o.step)
      GROUP BY o.root`,
    [tables.map(({ oid }) => oid), tables.map(({ step }) => step)],
  );
  return new Map(rows.map(({ oid, dependents }) => [oid, dependents]));
}

/** A view depends through its rule; the message should name the view. */
export const OWNER_OR_SELF = `coalesce(
  (SELECT pg_describe_object(w.refclassid, w.refobjid, w.refobjsubid) FROM pg_depend w
    WHERE w.classid = d.classid AND w.objid = d.objid AND w.deptype = 'i' LIMIT 1),
  pg_describe_object(d.classid, d.objid, d.objsubid))`;
