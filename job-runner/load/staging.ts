import { TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import { connect, type Database } from '../database/connection.ts';
import { columnOfContext } from '../database/copy-context.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { readServerEncoding } from '../database/encoding.ts';
import { withTransaction } from '../database/transaction.ts';
import { quoteQualified } from '../plan/sql.ts';
import { copyStatement, createStatement, type CopyStatementFormat, type StagingTable } from '../plan/statements.ts';
import { copyData, type CopyOutcome } from '../copy/copy-data.ts';
import { CopyFailure } from '../copy/copy-failure.ts';
import { copyFormatsOf, createCopyInput, type CopyInput } from '../copy/copy-input.ts';
import { NotForBinary } from '../copy/csv-to-binary.ts';
import { DatFile, locationOf } from '../dump/dat-file.ts';
import { stagingTable, dropStagingTable } from '../database/staging-table.ts';
import { CopyLane } from '../copy/copy-lane.ts';
import type { Load } from './load.ts';
import { findRecord } from '../copy/offending-record.ts';
import { streamCount } from '../copy/stream-count.ts';
import { outputSlotsFor } from '../copy/stream-fan-out.ts';

export interface CopyResult extends CopyOutcome {
  readonly streams: number;
}

/**
 * Creates the detached table, fills it and lets `attach` finish, within one transaction. One stream does all of it in that transaction, so
 * that a crash leaves nothing. Several streams are connections of their own: they need a committed table, which the next attempt removes
 * after a crash and this one after an error.
 */
export async function copyIntoStaging(load: Load, attach: (filled: CopyResult) => Promise<void>): Promise<CopyResult> {
  const { db, plan, task, log, progress } = load;
  const [first, second] = copyFormatsOf(plan);
  if (second === undefined || !(await takesBinary(db))) return await fill(load, second ?? first, attach);
  try {
    return await fill(load, first, attach);
  } catch (error) {
    if (!(error instanceof NotForBinary)) throw error;
    log.info(`${error.message}: only PostgreSQL can tell what it means, so all of the table goes to it as ${second}`, {
      step: 'copy',
    });
  }
  const dat = await DatFile.open(task, (bytes) => progress.read(bytes));
  try {
    return await fill({ ...load, dat }, second, attach);
  } finally {
    await dat.close();
  }
}

/** Without an encoding of its own a database keeps bytes as they come in COPY's text format; in binary they come as UTF-8. */
async function takesBinary(db: Database): Promise<boolean> {
  return (await readServerEncoding(db)) !== 'SQL_ASCII';
}

async function fill(
  load: Load,
  format: CopyStatementFormat,
  attach: (filled: CopyResult) => Promise<void>,
): Promise<CopyResult> {
  const { db, plan, task } = load;
  const table = stagingTable(task.target.ledgerSchema, plan.versionTable);
  const streams = streamCount(task.loading.streamsPerTable, task.table.dat?.bytes ?? 0);
  const input = createCopyInput(plan, format, { chunkBytes: CHUNK_BYTES, outputSlots: outputSlotsFor(streams) });
  await dropStagingTable(db, table);
  if (streams === 1) {
    return await withTransaction(db, async () => {
      await createStagingTable(load, table);
      const filled = await copy(load, table, input, [db]);
      await attach(filled);
      return filled;
    });
  }
  await createStagingTable(load, table);
  try {
    const filled = await copyThroughConnections(load, table, input, streams);
    await withTransaction(db, () => attach(filled));
    return filled;
  } catch (error) {
    // Where the connection is lost, too, the next attempt drops it.
    await dropStagingTable(db, table).catch(() => undefined);
    throw error;
  }
}

async function createStagingTable({ db, plan, watch, progress }: Load, table: StagingTable): Promise<void> {
  progress.enter('create');
  await watch.time('create', () => db.query(createStatement(plan, table)));
}

async function copyThroughConnections(
  load: Load,
  table: StagingTable,
  input: CopyInput,
  streams: number,
): Promise<CopyResult> {
  const oid = await oidOf(load.db, table);
  const connections: Database[] = [];
  try {
    for (let stream = 0; stream < streams; stream++) {
      const connection = await connect(load.databaseUri);
      connections.push(connection);
      await lockForCopy(connection, table, oid);
    }
    const filled = await copy(load, table, input, connections);
    await Promise.all(connections.map((connection) => connection.query('COMMIT')));
    return filled;
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

/**
 * Begins the transaction of a COPY stream. If the connection with the advisory lock broke a moment ago, another runner may have made a table
 * of this name since: its rows would be there twice. Once this one is locked, nobody takes it away until the stream has ended.
 */
async function lockForCopy(connection: Database, table: StagingTable, oid: number): Promise<void> {
  await connection.query('BEGIN');
  // The final transaction flushes all WAL before its commit returns, this COPY's with it, so that nothing is lost by not waiting here.
  await connection.query('SET LOCAL synchronous_commit = off');
  await connection.query(`LOCK TABLE ${quoteQualified(table.schema, table.name)} IN ROW EXCLUSIVE MODE`);
  if ((await oidOf(connection, table)) === oid) return;
  throw new TransientError(
    'TableTakenOver',
    'another runner loads this table since the connection with its lock broke: try again',
  );
}

async function oidOf(db: Database, { schema, name }: StagingTable): Promise<number> {
  const { rows } = await db.query<{ oid: number }>('SELECT $1::regclass::oid::int8::float8 AS oid', [
    quoteQualified(schema, name),
  ]);
  return rows[0]?.oid ?? 0;
}

async function copy(
  load: Load,
  table: StagingTable,
  input: CopyInput,
  connections: readonly Database[],
): Promise<CopyResult> {
  const { plan, dat, watch, progress, log } = load;
  progress.enter('copy');
  const statement = copyStatement(plan, table, input.format);
  log.info(statement, { step: 'copy' });
  const lanes = connections.map((connection) => new CopyLane(connection, statement, input.frame));
  try {
    const outcome = await watch.time('copy', () =>
      copyData(dat.chunks(), input, lanes, (rows, bytes) => progress.copied(rows, bytes)),
    );
    const bytes = dat.headerBytes + outcome.bytes;
    // The archive checks what it hands on; this checks that all of it went through here.
    if (bytes !== load.task.table.dat?.bytes)
      throw new Error(`${bytes} of ${load.task.table.dat?.bytes ?? 0} bytes went to COPY`);
    return { ...outcome, bytes, streams: lanes.length };
  } catch (error) {
    throw error instanceof CopyFailure ? await describeFailure(load, input, error) : error;
  } finally {
    // Also after a failure: PostgreSQL has answered it by then, behind all that was sent, or the connection is gone.
    input.release?.();
  }
}

/** The error that PostgreSQL gave, with the DAT file's line, the column and the record. */
async function describeFailure({ plan, task }: Load, input: CopyInput, failure: CopyFailure): Promise<MotherloadError> {
  const error = toMotherloadError(failure.cause, locationOf(task));
  if (failure.line === undefined || error.kind !== 'Data') return error;
  // COPY's context has no column where a constraint of the table is broken; the error itself has that of NOT NULL.
  const inContext = failure.context && columnOfContext(failure.context, plan.copyColumns);
  const column = inContext ?? (failure.cause as { column?: string }).column;
  const record = await findRecord(task, input.unit, failure.line);
  return error.at({ ...record, ...(column === undefined ? {} : { column }) });
}
