import { rejectsTable } from '../plan/ledger-statements.ts';
import type { Database } from './connection.ts';

/** A record that was left out, as the ledger keeps it. */
export interface KeptReject {
  /** From 1. */
  readonly record: number;
  readonly line: number;
  readonly byteOffset: number | undefined;
  readonly column: string | undefined;
  readonly value: string | undefined;
  readonly sqlState: string | undefined;
  readonly code: string;
  readonly reason: string;
  readonly raw: Buffer;
}

export async function keepRejects(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  rejects: readonly KeptReject[],
): Promise<void> {
  await db.query(
    `INSERT INTO ${rejectsTable(ledgerSchema)} (load_id, record, line, byte_offset, column_name, value, sqlstate, code, reason, raw)
     SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[])`,
    [
      loadId,
      rejects.map(({ record }) => record),
      rejects.map(({ line }) => line),
      rejects.map(({ byteOffset }) => byteOffset),
      rejects.map(({ column }) => column),
      rejects.map(({ value }) => value),
      rejects.map(({ sqlState }) => sqlState),
      rejects.map(({ code }) => code),
      rejects.map(({ reason }) => reason),
      rejects.map(({ raw }) => raw),
    ],
  );
}
