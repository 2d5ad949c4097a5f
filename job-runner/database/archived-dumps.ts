import type { ArchiveAction } from '../../crds/contract/task.ts';
import { quoteQualified } from '../plan/sql.ts';
import type { Database } from './connection.ts';
import { withTransaction } from './transaction.ts';

/** How a file or object differs from a later one of the same name. */
export type DumpStamp = Readonly<Record<string, string | number>>;

/** A dump as its catalogue found it. */
export interface CataloguedDump {
  readonly file: string;
  readonly app: string | undefined;
  readonly version: string;
  readonly stamp: DumpStamp;
  /** What the run loads of it, or has loaded before. */
  readonly tables: readonly DumpedVersion[];
  /** How many of its tables cannot be loaded, and how many the manifest leaves out. */
  readonly failed: number;
  readonly leftOut: number;
}

export interface DumpedVersion {
  readonly versionTable: string;
  readonly crc32: string;
  readonly bytes: number;
  /** Whether it was loaded before with the same content by the same plan, as its catalogue or its load has found. */
  readonly wasLoaded: boolean;
}

/** A dump of this run, or one with which an earlier run has not come to the end. */
export interface PendingDump extends CataloguedDump {
  readonly id: string;
  readonly run: string;
  readonly targetSchema: string;
  readonly cataloguedAt: Date;
  /** What was begun: it is gone on with, whatever the manifest says now. */
  readonly started: { readonly action: ArchiveAction; readonly archivedAs: string } | undefined;
}

interface Run {
  readonly namespace: string;
  readonly name: string;
  readonly run: string;
}

function dumpsTable(ledgerSchema: string): string {
  return quoteQualified(ledgerSchema, 'dumps');
}

/**
 * Records the dumps of a run, in place of those of its earlier runs that are not started. A dump that is started and the same goes on as it began. One
 * that lies in the archive already is not copied there again.
 */
export async function recordDumps(
  db: Database,
  target: { readonly schema: string; readonly ledgerSchema: string },
  { namespace, name, run }: Run,
  action: ArchiveAction,
  dumps: readonly CataloguedDump[],
): Promise<void> {
  const table = dumpsTable(target.ledgerSchema);
  const isSame = 'd.started_at IS NOT NULL AND d.stamp = excluded.stamp';
  await withTransaction(db, async () => {
    await db.query(
      `INSERT INTO ${table} AS d (ingestion_namespace, ingestion_name, ingestion_run, target_schema, dump_file, dump_app, dump_version, stamp, tables,
              failed, left_out)
       SELECT $1, $2, $3, $4, n.* FROM unnest($5::text[], $6::text[], $7::text[], $8::jsonb[], $9::jsonb[], $10::int[], $11::int[])
              AS n (file, app, version, stamp, tables, failed, left_out)
        WHERE $12 <> 'Copy' OR NOT EXISTS (SELECT 1 FROM ${table} o WHERE o.ingestion_namespace = $1 AND o.ingestion_name = $2
                AND o.dump_file = n.file AND o.stamp = n.stamp AND o.action = 'Copy' AND o.archived_at IS NOT NULL)
       ON CONFLICT (ingestion_namespace, ingestion_name, dump_file) WHERE archived_at IS NULL DO UPDATE
          SET ingestion_run = excluded.ingestion_run, target_schema = excluded.target_schema, dump_app = excluded.dump_app,
              dump_version = excluded.dump_version, tables = excluded.tables, found_loaded = '[]', failed = excluded.failed, left_out = excluded.left_out,
              stamp = excluded.stamp,
              catalogued_at = CASE WHEN ${isSame} THEN d.catalogued_at ELSE excluded.catalogued_at END,
              action = CASE WHEN ${isSame} THEN d.action END,
              archived_as = CASE WHEN ${isSame} THEN d.archived_as END,
              started_at = CASE WHEN ${isSame} THEN d.started_at END`,
      [
        ...[namespace, name, run, target.schema],
        dumps.map(({ file }) => file),
        dumps.map(({ app }) => app),
        dumps.map(({ version }) => version),
        dumps.map(({ stamp }) => JSON.stringify(stamp)),
        dumps.map(({ tables }) =>
          JSON.stringify(tables.map((one) => [one.versionTable, one.crc32, one.bytes, one.wasLoaded])),
        ),
        dumps.map(({ failed }) => failed),
        dumps.map(({ leftOut }) => leftOut),
        action,
      ],
    );
    await db.query(
      `DELETE FROM ${table} WHERE ingestion_namespace = $1 AND ingestion_name = $2 AND ingestion_run <> $3
          AND started_at IS NULL AND archived_at IS NULL`,
      [namespace, name, run],
    );
  });
}

/** A load has found its table loaded already, by another run. */
export async function recordFoundLoaded(
  db: Database,
  ledgerSchema: string,
  { namespace, name, run }: Run,
  file: string,
  versionTable: string,
): Promise<void> {
  await db.query(
    `UPDATE ${dumpsTable(ledgerSchema)} SET found_loaded = found_loaded || jsonb_build_array($5::text)
      WHERE ingestion_namespace = $1 AND ingestion_name = $2 AND ingestion_run = $3 AND dump_file = $4 AND archived_at IS NULL`,
    [namespace, name, run, file, versionTable],
  );
}

/** In the order in which they were recorded. */
export async function readPendingDumps(
  db: Database,
  ledgerSchema: string,
  { namespace, name, run }: Run,
): Promise<readonly PendingDump[]> {
  type Row = Record<'id' | 'run' | 'schema' | 'file' | 'version', string> &
    Record<'app' | 'action' | 'archived_as', string | null> & {
      stamp: DumpStamp;
      tables: [string, string, number, boolean][];
      found_loaded: string[];
      failed: number;
      left_out: number;
      catalogued_at: Date;
    };
  const { rows } = await db.query<Row>(
    `SELECT id::text AS id, ingestion_run AS run, target_schema AS schema, dump_file AS file, dump_app AS app, dump_version AS version, stamp, tables,
            found_loaded, failed, left_out, catalogued_at, action, archived_as
       FROM ${dumpsTable(ledgerSchema)}
      WHERE ingestion_namespace = $1 AND ingestion_name = $2 AND archived_at IS NULL AND (ingestion_run = $3 OR started_at IS NOT NULL)
      ORDER BY dumps.id`,
    [namespace, name, run],
  );
  return rows.map(({ id, run: ofRun, schema, file, app, version, stamp, tables, failed, ...row }) => ({
    ...{ id, run: ofRun, targetSchema: schema, file, app: app ?? undefined, version, stamp, failed },
    tables: tables.map(([versionTable, crc32, bytes, wasLoaded]) => ({
      ...{ versionTable, crc32, bytes },
      wasLoaded: wasLoaded || row.found_loaded.includes(versionTable),
    })),
    leftOut: row.left_out,
    cataloguedAt: row.catalogued_at,
    started:
      row.action === null ? undefined : { action: row.action as ArchiveAction, archivedAs: row.archived_as ?? '' },
  }));
}

/** Before anything is done with the dump. */
export async function startDump(
  db: Database,
  ledgerSchema: string,
  id: string,
  { action, archivedAs }: NonNullable<PendingDump['started']>,
): Promise<void> {
  await db.query(
    `UPDATE ${dumpsTable(ledgerSchema)} SET action = $2, archived_as = $3, started_at = clock_timestamp() WHERE id = $1`,
    [id, action, archivedAs === '' ? null : archivedAs],
  );
}

/** As if it had never been started. */
export async function takeBackDump(db: Database, ledgerSchema: string, id: string): Promise<void> {
  await db.query(
    `UPDATE ${dumpsTable(ledgerSchema)} SET action = NULL, archived_as = NULL, started_at = NULL WHERE id = $1`,
    [id],
  );
}

/** Once it is done. */
export async function endDump(db: Database, ledgerSchema: string, id: string): Promise<void> {
  await db.query(`UPDATE ${dumpsTable(ledgerSchema)} SET archived_at = clock_timestamp() WHERE id = $1`, [id]);
}

/** There is nothing that could be done with it any more. */
export async function forgetDump(db: Database, ledgerSchema: string, id: string): Promise<void> {
  await db.query(`DELETE FROM ${dumpsTable(ledgerSchema)} WHERE id = $1`, [id]);
}
