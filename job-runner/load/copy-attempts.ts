import { NotForBinary } from '../copy/doubtful-values.ts';
import { openTable } from '../dump/open-table.ts';
import { locationOf } from '../dump/table-location.ts';
import { compareContent } from './existing-table.ts';
import { RecordRefused } from './copy-file.ts';
import type { CopyAttempt, TableInspection } from './inspect-table.ts';
import type { Load } from './load.ts';
import { attachTable, beginLoad, finishTable, loadedTable, type LoadedTable } from './staged-table.ts';
import { copyIntoStaging } from './staging.ts';

/**
 * By the cheapest of COPY's formats. Where a value turns out not to be for that one, from the start by the next; where PostgreSQL refuses a record
 * that may be left out, or does not say which one, from the start in batches.
 */
export async function copyAndAttach(load: Load, inspection: TableInspection): Promise<LoadedTable> {
  return await inAttempts(load, inspection, (attempt, opened) => loadBy(attempt, opened, inspection));
}

/** Does the work by one attempt after the other, each with the DAT file from its start. */
export async function inAttempts<Result>(
  load: Load,
  inspection: TableInspection,
  work: (attempt: CopyAttempt, load: Load) => Promise<Result>,
): Promise<Result> {
  const { task, log, progress } = load;
  let attempt = firstAttempt(inspection);
  let { dat } = load;
  for (;;) {
    try {
      return await work(attempt, { ...load, dat });
    } catch (error) {
      const next = nextAttempt(error, attempt, inspection);
      if (next === undefined) throw causeOf(error);
      log.info(next.why, { step: 'copy' });
      attempt = next.attempt;
    } finally {
      if (dat !== load.dat) await dat.close();
    }
    dat = await openTable(task, (bytes) => progress.read(bytes));
  }
}

/** The table's own error. */
export function causeOf(error: unknown): unknown {
  return error instanceof RecordRefused ? error.cause : error;
}

export function firstAttempt({ copyFormats: [format] }: TableInspection): CopyAttempt {
  return { format, isBatched: false };
}

/** Undefined where the error is the end. */
export function nextAttempt(
  error: unknown,
  { format, isBatched }: CopyAttempt,
  { copyFormats }: TableInspection,
): { readonly attempt: CopyAttempt; readonly why: string } | undefined {
  const [, fallback] = copyFormats;
  if (error instanceof NotForBinary && fallback !== undefined) {
    const why = `${error.message}: only PostgreSQL can interpret this value, so the whole table is copied as ${fallback}`;
    return { attempt: { format: fallback, isBatched }, why };
  }
  if (!(error instanceof RecordRefused) || isBatched) return undefined;
  const why = 'PostgreSQL refuses a record, so the whole table is copied again in batches, which shows each of them';
  return { attempt: { format, isBatched: true }, why };
}

async function loadBy(attempt: CopyAttempt, opened: Load, inspection: TableInspection): Promise<LoadedTable> {
  const begun = await beginLoad(attempt, opened, inspection);
  const { load, steps, rejects } = begun;
  try {
    const copied = await copyIntoStaging(load, steps, rejects, async (result) => {
      compareContent(inspection.existing, result.content, locationOf(load.task));
      await load.dat.prove?.();
      await attachTable(await finishTable(begun, result));
    });
    return loadedTable(begun, copied);
  } finally {
    load.rowChecksum?.release();
  }
}
