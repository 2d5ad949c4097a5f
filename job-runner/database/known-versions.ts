import { loadsTable } from '../plan/ledger-statements.ts';
import type { KnownVersion } from '../plan/mother/known-version.ts';
import type { Database } from './connection.ts';
import { exists, loadKey } from './ledger.ts';

/** A version with the schema that it is in. */
export interface LocatedVersion extends KnownVersion {
  readonly schema: string;
}

/** Mothers of one schema. */
interface SomeMothers {
  readonly schema: string;
  readonly mothers: readonly string[];
}

/**
 * The versions that inherit from their mothers at present, oldest first: those of some mothers, or all. Children and ledger are joined here and not
 * by PostgreSQL, which takes 15 s for 2,000 versions while it has no statistics of either.
 */
export async function readKnownVersions(
  db: Database,
  ledgerSchema: string,
  of?: SomeMothers,
): Promise<readonly LocatedVersion[]> {
  if (of?.mothers.length === 0 || !(await exists(db, ledgerSchema, 'loads'))) return [];
  const children = await readChildren(db, of);
  const found = (await readLoads(db, ledgerSchema, of)).flatMap((load) => {
    const child = children.get(loadKey({ schema: load.schema, name: load.versionTable }));
    return child?.mothers.includes(load.mother) === true ? [{ load, oid: child.oid }] : [];
  });
  const names = await readColumnNames(
    db,
    found.filter(({ load }) => load.columns === null).map(({ oid }) => oid),
  );
  return found.map(({ load: { columns, crc32, bytes, ...load }, oid }) => ({
    ...load,
    content: { crc32, bytes },
    columns: new Map(columns ?? (names.get(oid) ?? []).map((name) => [name.toLowerCase(), undefined] as const)),
    isRecorded: columns !== null,
  }));
}

interface Load extends Pick<LocatedVersion, 'schema' | 'mother' | 'versionTable' | 'dump' | 'version'> {
  readonly crc32: string;
  readonly bytes: number;
  readonly columns: readonly (readonly [string, string])[] | null;
}

/** A ledger that is not migrated yet has no columns. */
async function readLoads(db: Database, ledgerSchema: string, of: SomeMothers | undefined): Promise<readonly Load[]> {
  const { rows } = await db.query<Load>(
    `SELECT target_schema AS schema, mother, version_table AS "versionTable", dump_file AS dump, dump_version AS version,
            entry_crc32 AS crc32, entry_bytes::float8 AS bytes, nullif(to_jsonb(l) -> 'columns', 'null') AS columns
       FROM ${loadsTable(ledgerSchema)} l
      WHERE mother IS NOT NULL AND ($1::text IS NULL OR (target_schema = $1 AND mother = ANY ($2::text[])))
      ORDER BY loaded_at, version_table`,
    [of?.schema ?? null, of?.mothers ?? null],
  );
  return rows;
}

interface Child {
  readonly oid: number;
  readonly mothers: readonly string[];
}

/** The tables that inherit from a table of their own schema, by `loadKey`. */
async function readChildren(db: Database, of: SomeMothers | undefined): Promise<ReadonlyMap<string, Child>> {
  const { rows } = await db.query<Child & { schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, c.oid::int8::float8 AS oid, array_agg(m.relname::text) AS mothers
       FROM pg_inherits i JOIN pg_class m ON m.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid AND c.relnamespace = m.relnamespace
       JOIN pg_namespace n ON n.oid = m.relnamespace
      WHERE $1::text IS NULL OR (n.nspname = $1 AND m.relname = ANY ($2::text[]))
      GROUP BY 1, 2, 3`,
    [of?.schema ?? null, of?.mothers ?? null],
  );
  return new Map(rows.map(({ schema, name, ...child }) => [loadKey({ schema, name }), child]));
}

async function readColumnNames(db: Database, oids: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  if (oids.length === 0) return new Map();
  const { rows } = await db.query<{ oid: number; names: string[] }>(
    `SELECT attrelid::int8::float8 AS oid, array_agg(attname::text ORDER BY attnum) AS names FROM pg_attribute
      WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped GROUP BY 1`,
    [oids],
  );
  return new Map(rows.map(({ oid, names }) => [oid, names]));
}
