import { MAX_DRIFT, type Progress, type TaskResult } from './report.ts';
import type { TaskKind } from './task.ts';

/**
 * Whether a runner's report has the shape of its type. It comes from pods in a tenant's namespace, which anybody may control: another shape would
 * end in a status that the apiserver rejects again and again.
 */
export function isTaskResult(value: unknown): value is TaskResult {
  if (!isObject(value)) return false;
  const { task, outcome } = value;
  if (!TASKS.includes(task)) return false;
  const { results } = value;
  if (task === 'LoadBatch' && !isPacked(results) && (outcome !== 'Failed' || results !== undefined)) return false;
  if (outcome === 'Failed') return isFailure(value['failure']);
  if (!isObject(value['seconds']) || !Object.values(value['seconds']).every(isDuration)) return false;
  const { drift = [] } = value;
  if (task === 'Catalogue' && !(Array.isArray(drift) && drift.length <= MAX_DRIFT && drift.every(isDrift)))
    return false;
  const { archive, gone = 0, unasked = 0 } = value;
  if (task === 'Finish' && archive !== undefined && !isArchive(archive)) return false;
  if (task === 'Finish' && ![gone, unasked].every((count) => isCount(count, MAX_INT32))) return false;
  if (task !== 'Load') return outcome === 'Succeeded';
  const { message, rows, bytes, streams, warnings, rejects = 0, firstRejects = [] } = value;
  const isKnown = outcome === 'Loaded' || outcome === 'AlreadyLoaded' || outcome === 'Skipped';
  const counts = isCount(rows) && isCount(bytes) && isCount(streams, MAX_INT32) && isCount(rejects);
  if (!Array.isArray(firstRejects) || !firstRejects.every(isReject)) return false;
  return isKnown && isText(message) && counts && Array.isArray(warnings) && warnings.every(isText);
}

function isArchive(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { archived, kept, reason = '' } = value;
  return isCount(archived, MAX_INT32) && isCount(kept, MAX_INT32) && isText(reason) && reason.length <= 1024;
}

function isDrift(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { mother, versions, added, dropped, retyped } = value;
  return (
    isText(mother) &&
    mother.length <= 63 &&
    [versions, added, dropped, retyped].every((count) => isCount(count, MAX_INT32))
  );
}

function isReject(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { line, column = '', code, reason } = value;
  return isCount(line) && isText(column) && isWord(code) && isText(reason);
}

function isPacked(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { sha256, gzip = '' } = value;
  return isText(sha256) && isText(gzip);
}

export function isProgress(value: unknown): value is Progress {
  if (!isObject(value)) return false;
  const { step, totalCompressedBytes, tables } = value;
  return (
    isWord(step) &&
    isCount(totalCompressedBytes) &&
    hasCounts(value) &&
    (tables === undefined || isTablesProgress(tables))
  );
}

/** Of a Job with as many tables as one may have. */
const MAX_TABLES = 100;

function isTablesProgress(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { current, read } = value;
  if (!isCount(current) || !Array.isArray(read) || read.length > MAX_TABLES) return false;
  return read.every((each: unknown) => isObject(each) && isCount(each['table']) && hasCounts(each));
}

function hasCounts({ rows, bytes, compressedBytes, seconds }: Record<string, unknown>): boolean {
  return [rows, bytes, compressedBytes].every((count) => isCount(count)) && isDuration(seconds);
}

/** Fields of the CRD that are int32. */
const MAX_INT32 = 2 ** 31 - 1;
/** 30 years. */
const MAX_SECONDS = 1e9;
const TASKS: readonly unknown[] = ['Catalogue', 'Load', 'LoadBatch', 'Finish'] satisfies TaskKind[];
const KINDS: readonly unknown[] = ['Data', 'Manifest', 'Transient'];

function isFailure(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, code, message, file = '', table = '', column = '', record = '', line = 0 } = value;
  return KINDS.includes(kind) && isWord(code) && [message, file, table, column, record].every(isText) && isCount(line);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A failure's code becomes a condition's reason. */
function isWord(value: unknown): value is string {
  return isText(value) && /^[A-Za-z]\w{0,63}$/.test(value);
}

function isCount(value: unknown, maximum = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= maximum;
}

function isDuration(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= MAX_SECONDS;
}
