import { describeFailure, toFailure } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { recordFailedLoad } from '../database/history.ts';
import { locationOf } from '../dump/table-location.ts';

/**
 * Writes a failed load to the ledger's history, after its transaction was rolled back. Where that is not possible, since the connection is lost or there
 * is no ledger, it is left out: the load's own error is the one to be reported.
 */
export async function recordFailure(db: Database, task: LoadTask, error: unknown): Promise<void> {
  const { table, target, ingestion } = task;
  const { versionTable, mother = null, dump, dat } = table;
  if (versionTable === undefined) return;
  const failure = toFailure(translated(error, task), task.records ?? 'Hidden');
  const planned = {
    ...{ targetSchema: target.schema, versionTable, mother, dumpFile: dump.file, dumpVersion: dump.version, ingestion },
    ...{ entry: dat?.entry ?? '', crc32: dat?.crc32 ?? '', bytes: dat?.bytes ?? 0 },
  };
  const message = describeFailure(failure);
  await recordFailedLoad(db, target.ledgerSchema, planned, { ...failure, message }).catch(() => undefined);
}

/** An error that is neither ours nor PostgreSQL's is a bug, and stays as it is. */
function translated(error: unknown, task: LoadTask): unknown {
  try {
    return toMotherloadError(error, locationOf(task));
  } catch {
    return error;
  }
}
