import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { DataError, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import { copyData, type CopyOutcome } from '../copy/copy-data.ts';
import { CopyFailure } from '../copy/copy-failure.ts';
import { createCopyInput, type CopyInput } from '../copy/copy-input.ts';
import { CopyLane } from '../copy/copy-lane.ts';
import { findRecord } from '../copy/offending-record.ts';
import { RecordProblem } from '../copy/record-problem.ts';
import { outputSlotsFor } from '../copy/stream-fan-out.ts';
import { connect, type Database } from '../database/connection.ts';
import { columnOfContext } from '../database/copy-context.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { withTransaction } from '../database/transaction.ts';
import { locationOf } from '../dump/dat-file.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import type { Load } from './load.ts';
import { valueRemedy } from './value-remedy.ts';

export interface CopyResult extends CopyOutcome {
  readonly streams: number;
}

/**
 * Creates the staging table, copies into it and lets `attach` complete the load, in one transaction. A single stream does all of it in that
 * transaction, so that a crash leaves nothing. Several streams are connections of their own and need a committed table. The next attempt drops it
 * after a crash, and this one after an error.
 */
export async function copyIntoStaging(
  load: Load,
  steps: LoadSteps,
  attach: (copied: CopyResult) => Promise<void>,
): Promise<CopyResult> {
  const { db, plan } = load;
  const { format, streams } = steps.copy;
  const input = createCopyInput(plan, format, { chunkBytes: CHUNK_BYTES, outputSlots: outputSlotsFor(streams) });
  await db.query(steps.clear);
  if (streams === 1) {
    return await withTransaction(db, async () => {
      await createStagingTable(load, steps);
      const copied = await copy(load, steps, input, [db]);
      await attach(copied);
      return copied;
    });
  }
  await createStagingTable(load, steps);
  try {
    const copied = await copyThroughConnections(load, steps, input);
    await withTransaction(db, () => attach(copied));
    return copied;
  } catch (error) {
    // If the connection is lost as well, the next attempt drops it.
    await db.query(steps.clear).catch(() => undefined);
    throw error;
  }
}

async function createStagingTable({ db, watch, progress }: Load, { create }: LoadSteps): Promise<void> {
  progress.enter('create');
  await watch.time('create', async () => {
    for (const statement of create) await db.query(statement);
  });
}

async function copyThroughConnections(load: Load, steps: LoadSteps, input: CopyInput): Promise<CopyResult> {
  const oid = await oidOf(load.db, steps.staging);
  const connections: Database[] = [];
  try {
    while (connections.length < steps.copy.streams) {
      const connection = await connect(load.databaseUri);
      connections.push(connection);
      await lockForCopy(connection, steps, oid);
    }
    const copied = await copy(load, steps, input, connections);
    await Promise.all(connections.map((connection) => connection.query('COMMIT')));
    return copied;
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

/**
 * Begins the transaction of a COPY stream. If the connection that holds the advisory lock broke a moment ago, another runner may have created a
 * table of this name since, and its rows would be there twice. Once this table is locked, nobody drops it until the stream has ended.
 */
async function lockForCopy(connection: Database, { staging, copy: { lock } }: LoadSteps, oid: number): Promise<void> {
  await connection.query('BEGIN');
  // The final transaction flushes all WAL before its commit returns, this COPY's included, so nothing is lost by not waiting here.
  await connection.query('SET LOCAL synchronous_commit = off');
  if (lock !== undefined) await connection.query(lock);
  if ((await oidOf(connection, staging)) === oid) return;
  throw new TransientError(
    'TableTakenOver',
    'another runner has loaded this table since the connection that held its lock broke: try again',
  );
}

async function oidOf(db: Database, { schema, name }: TableName): Promise<number> {
  const { rows } = await db.query<{ oid: number }>('SELECT $1::regclass::oid::int8::float8 AS oid', [
    quoteQualified(schema, name),
  ]);
  return rows[0]?.oid ?? 0;
}

async function copy(
  load: Load,
  { copy: { statement } }: LoadSteps,
  input: CopyInput,
  connections: readonly Database[],
): Promise<CopyResult> {
  const { dat, watch, progress, log } = load;
  progress.enter('copy');
  log.info(statement, { step: 'copy' });
  const lanes = connections.map((connection) => new CopyLane(connection, statement, input.frame));
  try {
    const outcome = await watch.time('copy', () =>
      copyData(dat.chunks(), input.converter, lanes, (rows, bytes) => progress.copied(rows, bytes)),
    );
    const bytes = dat.excessBytes + outcome.bytes;
    // The archive checks what it reads; this checks that all of it went through here.
    if (bytes !== load.task.table.dat?.bytes)
      throw new Error(`${bytes} of ${load.task.table.dat?.bytes ?? 0} bytes went to COPY`);
    refuseUnclear(load, input.converter.unclearColumns);
    refuseOtherCount(load, outcome.rows);
    return { ...outcome, bytes, streams: lanes.length };
  } catch (error) {
    if (error instanceof CopyFailure) throw await describeFailure(load, error);
    throw error instanceof RecordProblem ? await describeProblem(load, error) : error;
  } finally {
    // Also after a failure: by then PostgreSQL has replied to all that was sent, or the connection is gone.
    input.converter.release();
  }
}

/** Which of the two it is shows in no value. */
function refuseUnclear({ task }: Load, [column]: readonly string[]): void {
  if (column === undefined) return;
  const message =
    'every value is written in hexadecimal digits or base64, and could as well be these very bytes: set spec.format.binaryValues to Hex, Base64 or Raw';
  throw new DataError('BinaryUnclear', message, { ...locationOf(task), column });
}

function refuseOtherCount({ dat, task }: Load, rows: number): void {
  if (dat.declaredRows === undefined || dat.declaredRows === rows) return;
  const message = `the file has ${rows} records, and its last line says ${dat.declaredRows} rows: a line end in a value makes two records of one. Export the table by bcp`;
  throw new DataError('RowCountDiffers', message, locationOf(task));
}

/** The record that cannot be loaded, with its line in the DAT file. */
async function describeProblem({ plan, task }: Load, problem: RecordProblem): Promise<MotherloadError> {
  return problem.toDataError({ ...locationOf(task), ...(await findRecord(task, plan, problem.record)) });
}

/** PostgreSQL's error, with the DAT file's line, the column and the record. */
async function describeFailure({ plan, task }: Load, failure: CopyFailure): Promise<MotherloadError> {
  const error = toMotherloadError(failure.cause, locationOf(task));
  if (failure.record === undefined || !(error instanceof DataError)) return error;
  // COPY's context names no column where a constraint is violated; the error itself does for NOT NULL.
  const inContext = failure.context && columnOfContext(failure.context, plan.copyColumns);
  const column = inContext ?? (failure.cause as { column?: string }).column;
  const location = {
    ...error.location,
    ...(await findRecord(task, plan, failure.record)),
    ...(column === undefined ? {} : { column }),
  };
  const planned = plan.columns.find(({ name }) => name === column);
  const remedy = valueRemedy(error, planned, plan);
  return new DataError(error.code as ErrorCode<'Data'>, `${error.message}${remedy}`, location, { cause: error });
}
