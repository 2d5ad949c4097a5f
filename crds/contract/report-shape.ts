import type { Progress, TaskResult } from './report.ts';

/**
 * Whether what a runner says has the shape that its type promises. The operator hears it from pods in a tenant's namespace, which may be
 * anybody's: what is not of this shape would end as a status that the apiserver refuses, again and again.
 */
export function isTaskResult(value: unknown): value is TaskResult {
  if (!isObject(value)) return false;
  const { task, outcome } = value;
  if (task !== 'Catalogue' && task !== 'Load' && task !== 'Finish') return false;
  if (outcome === 'Failed') return isFailure(value['failure']);
  if (!isObject(value['seconds']) || !Object.values(value['seconds']).every(isAmount)) return false;
  if (task !== 'Load') return outcome === 'Succeeded';
  const { message, rows, bytes, streams, warnings } = value;
  const isKnown = outcome === 'Loaded' || outcome === 'AlreadyLoaded' || outcome === 'Skipped';
  return isKnown && isText(message) && [rows, bytes, streams].every(isCount) && Array.isArray(warnings) && warnings.every(isText);
}

export function isProgress(value: unknown): value is Progress {
  if (!isObject(value)) return false;
  const { step, rows, bytes, compressedBytes, totalCompressedBytes, seconds } = value;
  return isText(step) && [rows, bytes, compressedBytes, totalCompressedBytes].every(isCount) && isAmount(seconds);
}

const KINDS: readonly unknown[] = ['Data', 'Manifest', 'Transient'];

function isFailure(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, code, message, file = '', table = '', column = '', record = '', line = 0 } = value;
  return KINDS.includes(kind) && code !== '' && [code, message, file, table, column, record].every(isText) && isCount(line);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isAmount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}
