import { loadsTable } from '../plan/ledger-statements.ts';
import type { KnownVersion } from '../plan/mother/known-version.ts';
import type { Database } from './connection.ts';
import { exists } from './ledger.ts';

interface Row {
  readonly schema: string;
  readonly mother: string;
  readonly versionTable: string;
  readonly dump: string;
  readonly version: string;
  readonly crc32: string;
  readonly bytes: number;
  readonly columns: readonly (readonly [string, string])[] | null;
  readonly names: readonly string[] | null;
}

/** A version with the schema that it is in. */
export interface LocatedVersion extends KnownVersion {
  readonly schema: string;
}

/**
 * The versions that inherit from their mothers at present, oldest first: those of some mothers of one schema, or all. A ledger that is not migrated
 * yet has no columns.
 */
export async function readKnownVersions(
  db: Database,
  ledgerSchema: string,
  of?: { readonly schema: string; readonly mothers: readonly string[] },
): Promise<readonly LocatedVersion[]> {
  if (of?.mothers.length === 0 || !(await exists(db, ledgerSchema, 'loads'))) return [];
  const { rows } = await db.query<Row>(
    `SELECT l.target_schema AS schema, l.mother, l.version_table AS "versionTable", l.dump_file AS dump, l.dump_version AS version,
            l.entry_crc32 AS crc32, l.entry_bytes::float8 AS bytes, r.columns,
            CASE WHEN r.columns IS NULL THEN (
              SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END AS names
       FROM ${loadsTable(ledgerSchema)} l
      CROSS JOIN LATERAL (SELECT nullif(to_jsonb(l) -> 'columns', 'null') AS columns) r
       JOIN pg_namespace n ON n.nspname = l.target_schema
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = l.version_table
       JOIN pg_inherits i ON i.inhrelid = c.oid
       JOIN pg_class m ON m.oid = i.inhparent AND m.relnamespace = n.oid AND m.relname = l.mother
      WHERE $1::text IS NULL OR (l.target_schema = $1 AND l.mother = ANY ($2::text[]))
      ORDER BY l.loaded_at, l.version_table`,
    [of?.schema ?? null, of?.mothers ?? null],
  );
  return rows.map(toVersion);
}

function toVersion({ crc32, bytes, columns, names, ...row }: Row): LocatedVersion {
  const pairs = columns ?? (names ?? []).map((name) => [name.toLowerCase(), undefined] as const);
  return { ...row, content: { crc32, bytes }, columns: new Map(pairs), isRecorded: columns !== null };
}
