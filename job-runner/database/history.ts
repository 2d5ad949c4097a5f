import type { Failure } from '../../crds/contract/errors.ts';
import {
  deleteOutdated,
  historyTable,
  replayedStatement,
  type LoadMeasurements,
  type PlannedLedgerRow,
} from '../plan/ledger-statements.ts';
import type { Database } from './connection.ts';
import { exists, type LedgerRow } from './ledger.ts';
import { readRows } from './read-rows.ts';
import { storableText } from './storable-text.ts';

/** A load that was replaced or dropped, or that failed, or as it stood before a replay. What a failed load does not have is null. */
export interface PastLoad {
  /** As `schema.name`. */
  readonly versionTable: string;
  readonly outcome: 'Replaced' | 'Dropped' | 'Replayed' | 'Failed';
  readonly endedAt: Date;
  readonly code: string | null;
  readonly message: string | null;
  readonly mother: string | null;
  readonly dump: string;
  readonly entry: string;
  readonly crc32: string;
  readonly bytes: number;
  readonly ingestion: string;
  readonly run: string;
  readonly loadId: string | null;
  readonly rows: number | null;
  readonly rejects: number | null;
  readonly sha256: string | null;
  readonly checksum: string | null;
  readonly loadedAt: Date | null;
}

/** The newest first, in batches; none without a ledger. */
export async function* readHistory(
  db: Database,
  ledgerSchema: string,
): AsyncGenerator<readonly PastLoad[], void, void> {
  if (!(await exists(db, ledgerSchema, 'history'))) return;
  const sql = `SELECT target_schema || '.' || version_table AS "versionTable", outcome, ended_at AS "endedAt", code, message, mother,
       dump_file AS dump, entry, entry_crc32 AS crc32, entry_bytes::float8 AS bytes, ingestion_name AS ingestion, ingestion_run AS run,
       load_id AS "loadId", rows::float8 AS rows, rejects::float8 AS rejects, sha256, checksum::text AS checksum, loaded_at AS "loadedAt"
  FROM ${historyTable(ledgerSchema)} ORDER BY id DESC`;
  for await (const { rows } of readRows<PastLoad>(db, sql)) yield rows;
}

/** What is known of a load before it is loaded. */
export type FailedLoad = Omit<PlannedLedgerRow, 'loadId' | 'planDigest'> & Pick<LoadMeasurements, 'crc32' | 'bytes'>;

/** In a transaction of its own: that of the load has been rolled back. */
export async function recordFailedLoad(
  db: Database,
  ledgerSchema: string,
  load: FailedLoad,
  { code, message }: Failure,
): Promise<void> {
  const history = historyTable(ledgerSchema);
  const { targetSchema, versionTable, mother, dumpFile, entry, dumpVersion, crc32, bytes, ingestion } = load;
  const storable = await storableText(db);
  await db.query(
    `WITH outdated AS (${deleteOutdated(history, "outcome = 'Failed'", 'VALUES ($1::text, $2::text)')})
     INSERT INTO ${history} (outcome, target_schema, version_table, mother, dump_file, entry, dump_version, entry_crc32, entry_bytes,
       ingestion_namespace, ingestion_name, ingestion_run, code, message)
     VALUES ('Failed', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[targetSchema, versionTable, mother, dumpFile, entry, dumpVersion, crc32, bytes],
      ...[ingestion.namespace, ingestion.name, ingestion.run, code, storable(message).replaceAll('\0', '')],
    ],
  );
}

/** `before` is how the load stood; within the transaction that changes it. */
export async function recordReplay(db: Database, ledgerSchema: string, before: LedgerRow): Promise<void> {
  const { loadId, planDigest, rows, rejects, checksum, targetSchema, versionTable } = before;
  await db.query(replayedStatement(ledgerSchema), [
    ...[loadId, planDigest, rows, rejects, checksum?.sum ?? null],
    ...[targetSchema, versionTable],
  ]);
}
