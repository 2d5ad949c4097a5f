import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { DataError, shorten, type MotherloadError } from '../../crds/contract/errors.ts';
import { BoxDrawing } from '../copy/box-drawing.ts';
import { copyData, type CopyOutcome } from '../copy/copy-data.ts';
import { CopyFailure } from '../copy/copy-failure.ts';
import { copyInBatches } from '../copy/copy-in-batches.ts';
import { createCopyInput, type CopyInput } from '../copy/copy-input.ts';
import { CopyLane } from '../copy/copy-lane.ts';
import { CutValues } from '../copy/cut-values.ts';
import { LeftOut } from '../copy/left-out.ts';
import { LastLine } from '../copy/last-line.ts';
import { NullWords } from '../copy/null-words.ts';
import { OpenEnd } from '../copy/open-end.ts';
import { findRecord } from '../copy/offending-record.ts';
import { EscapesOutsideQuotes } from '../copy/escapes-outside-quotes.ts';
import { ForeignQuotes } from '../copy/foreign-quotes.ts';
import { RepeatedHeader } from '../copy/repeated-header.ts';
import { RecordProblem } from '../copy/record-problem.ts';
import { outputSlotsFor } from '../copy/stream-fan-out.ts';
import type { Database } from '../database/connection.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { hasSqlState, SQL_STATES } from '../database/sql-state.ts';
import { locationOf } from '../dump/table-location.ts';
import type { DataContent, DeclaredRows } from '../dump/table-data.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import type { LoadSteps } from '../plan/load-steps.ts';
import { BatchCopier } from './batch-copier.ts';
import type { Load } from './load.ts';
import type { LoadRejects } from './load-rejects.ts';
import { valueRemedy } from './value-remedy.ts';

export interface CopyResult extends CopyOutcome {
  readonly streams: number;
  readonly content: DataContent;
}

const REPEATED_HEADER =
  '. The record is the header once more, as in files that were put together: remove it from the DAT file';

/** PostgreSQL has refused a record that may be left out, or does not say which one: the table is copied again in batches. */
export class RecordRefused extends Error {}

/** Copies the whole DAT file into the staging table through the connections, each in its transaction. */
export async function copyFile(
  load: Load,
  steps: LoadSteps,
  rejects: LoadRejects | undefined,
  connections: readonly Database[],
): Promise<CopyResult> {
  const { dat, watch, progress, log, plan } = load;
  const { statement, format, isBatched } = steps.copy;
  progress.enter('copy');
  log.info(statement, { step: 'copy' });
  const leftOut = rejects && new LeftOut(plan.format, dat, isBatched ? undefined : rejects.take);
  const sizes = { chunkBytes: CHUNK_BYTES, outputSlots: outputSlotsFor(connections.length) };
  const input = createCopyInput(plan, format, sizes, leftOut);
  const repeated = RepeatedHeader.of(dat.header, plan);
  const { frame } = dat.format;
  const ofFile =
    dat.firstLine === undefined
      ? []
      : [
          new NullWords(plan.format),
          new ForeignQuotes(plan.format),
          new EscapesOutsideQuotes(plan.format),
          new BoxDrawing(plan.format),
          LastLine.of(plan, frame),
          CutValues.of(plan, frame),
          OpenEnd.of(plan, dat),
        ];
  const watchers = [repeated, ...ofFile].filter((watcher) => watcher !== undefined);
  const data: AsyncIterable<Buffer> = dat.chunks(input.converter.endFile);
  const chunks = watchers.reduce((passed, watcher) => watcher.watch(passed), data);
  try {
    const outcome = await watch.time('copy', () =>
      isBatched && rejects && leftOut
        ? copyBatched(load, steps, { chunks, input, leftOut, rejects })
        : copyStreamed(load, statement, { chunks, input, rejects }, connections),
    );
    const bytes = dat.excessBytes + outcome.bytes;
    const content = dat.content();
    // What it reads is checked there; this checks that all of it went through here.
    if (bytes !== content.bytes) throw new Error(`${bytes} of ${content.bytes} bytes went to COPY`);
    const { unclear } = input.converter;
    if (unclear !== undefined)
      throw new DataError('BinaryUnclear', unclear.message, { ...locationOf(load.task), column: unclear.column });
    refuseOtherCount(load, outcome.records);
    if (repeated !== undefined && repeated.count > 0 && frame === 'Sqlcmd') throw severalResults(load);
    rejects?.check(outcome.records);
    await rejects?.keep(load.db);
    const warnings = [...watchers.flatMap((watcher) => watcher.warnings), ...outcome.warnings];
    return { ...outcome, bytes, warnings, streams: connections.length, content };
  } catch (error) {
    if (error instanceof CopyFailure) throw await describeFailure(load, error, rejects !== undefined);
    throw error instanceof RecordProblem ? await describeProblem(load, error) : error;
  } finally {
    // Also after a failure: by then PostgreSQL has replied to all that was sent, or the connection is gone.
    input.converter.release();
  }
}

interface Copying {
  readonly chunks: AsyncIterable<Buffer>;
  readonly input: CopyInput;
  readonly rejects: LoadRejects | undefined;
}

async function copyStreamed(
  load: Load,
  statement: string,
  { chunks, input, rejects }: Copying,
  connections: readonly Database[],
): Promise<CopyOutcome> {
  const { progress, db, rowChecksum } = load;
  const lanes = connections.map((connection) => new CopyLane(connection, statement, input.frame));
  let bytesRead = 0;
  const onRecords = (records: number, bytes: number) => {
    bytesRead = bytes;
    progress.copied(records, bytes);
  };
  const pause = rejects && {
    isDue: () => rejects.isDue(),
    run: async () => {
      rejects.check(mostRecords(load, input.converter.records, bytesRead));
      await rejects.keep(db);
    },
  };
  return await copyData(chunks, input.converter, lanes, onRecords, { pause, checksum: rowChecksum });
}

async function copyBatched(
  load: Load,
  steps: LoadSteps,
  { chunks, input, leftOut, rejects }: Copying & { readonly leftOut: LeftOut; readonly rejects: LoadRejects },
): Promise<CopyOutcome> {
  const { db, plan, progress, rowChecksum } = load;
  const copier = await BatchCopier.create(load, steps);
  const outcome = await copyInBatches(chunks, {
    ...{ plan, converter: input.converter, leftOut },
    prepare: (batch) => copier.prepare(batch),
    take: (reject) => {
      rejects.take(reject);
      return rejects.isDue();
    },
    keep: () => rejects.keep(db),
    onBatch: (records, bytes, loaded) => {
      rowChecksum?.add(loaded());
      progress.copied(records, bytes);
      rejects.check(mostRecords(load, records, bytes));
    },
  });
  await copier.end();
  return outcome;
}

/**
 * How many records the file can have, when so many have been read: each has a byte for every delimiter and for its end. Of a source database nobody knows
 * before its last row.
 */
function mostRecords({ task, plan, dat }: Load, records: number, bytes: number): number {
  if (task.database !== undefined) return Infinity;
  const left = (task.table.dat?.bytes ?? 0) - bytes - dat.excessBytes;
  return records + Math.ceil(Math.max(0, left) / Math.max(1, plan.copyColumns.length));
}

function refuseOtherCount({ dat: { declaredRows }, task }: Load, records: number): void {
  if (declaredRows === undefined || declaredRows.rows === records) return;
  throw new DataError('RowCountDiffers', describeOtherCount(declaredRows, records), locationOf(task));
}

function describeOtherCount({ rows, by }: DeclaredRows, records: number): string {
  switch (by) {
    case 'LastLine':
      return `the file has ${records} records, and its last line says ${rows} rows: a line end in a value makes two records of one, or sqlcmd wrote several results. Export the table by bcp`;
    case 'ShellDump':
      return `the files of the table have ${records} records, and MySQL Shell wrote ${rows}, as @.done.json says: copy or create the dump again`;
    case 'Server':
      return `the server sent ${rows} rows, and ${records} records were read: please report this bug`;
  }
}

/** The line of dashes below it is no record either. */
function severalResults({ task }: Load): DataError {
  const message =
    'the header stands once more among the records, since sqlcmd wrote several results into the file, or a header every so many rows (-h): export one result a file, with one header';
  return new DataError('SeveralResults', message, locationOf(task));
}

/** The record that cannot be loaded, with its line in the DAT file. */
async function describeProblem({ plan, task, dat }: Load, problem: RecordProblem): Promise<MotherloadError> {
  const found = await findRecord(task, plan, problem.record);
  const remark = isHeader(found.location.record, dat.header) ? REPEATED_HEADER : found.remark;
  return problem.with(remark).toDataError({ ...locationOf(task), ...found.location });
}

function isHeader(record: string | undefined, header: Buffer | undefined): boolean {
  return header !== undefined && record === shorten(header.toString().replace(/\r$/, ''));
}

/** PostgreSQL's error, with the DAT file's line, the column and the record. */
async function describeFailure(
  { plan, task, dat }: Load,
  failure: CopyFailure,
  mayReject: boolean,
): Promise<MotherloadError | RecordRefused> {
  const error = toMotherloadError(failure.cause, locationOf(task));
  if (!(error instanceof DataError)) return error;
  if (failure.isOfUnknownRow || (mayReject && failure.record !== undefined))
    return new RecordRefused(error.message, { cause: error });
  if (failure.record === undefined) return error;
  const found = await findRecord(task, plan, failure.record);
  const isUndecodable = hasSqlState(failure.cause, SQL_STATES.characterNotInRepertoire);
  const column = failure.columnOf(plan.copyColumns) ?? (isUndecodable ? found.undecodable() : undefined);
  const location = {
    ...error.location,
    ...found.location,
    ...(column === undefined ? {} : { column }),
  };
  const planned = plan.columns.find(({ name }) => name === column);
  const remedy = isHeader(location.record, dat.header)
    ? REPEATED_HEADER
    : valueRemedy(error, planned, plan, task.database !== undefined) + found.remark;
  const withoutValues = error.withoutValues && error.withoutValues + remedy;
  return new DataError(error.code as ErrorCode<'Data'>, error.message + remedy, location, {
    cause: error,
    withoutValues,
  });
}
