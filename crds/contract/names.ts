import { createHash } from 'node:crypto';
import type { TaskKind } from './task.ts';

/** Labels on everything that belongs to a run. */
export const LABELS = {
  ingestion: 'motherload.dev/ingestion',
  task: 'motherload.dev/task',
  table: 'motherload.dev/table-ingestion',
  dumpVersion: 'motherload.dev/version',
  template: 'motherload.dev/template',
} as const;

/** Kueue's label for the queue that admits a Job: https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
export const QUEUE_LABEL = 'kueue.x-k8s.io/queue-name';

/** The conditions of a DumpIngestion; a TableIngestion has the last three. */
export const CONDITIONS = {
  Catalogued: 'The dumps have been read, and every table of every dump has its TableIngestion.',
  Suspended: 'spec.suspend is true.',
  Progressing: 'Something is being done. False with a reason of Kubernetes where something keeps it from being done, and after the end.',
  Complete: 'It has ended, and well: all that was to be loaded is loaded.',
  Failed: 'It has ended, and something of it failed. What is loaded stays.',
} as const;
export type ConditionType = keyof typeof CONDITIONS;

/** Kubernetes bounds a label's value, and with it a Job's name, at 63 characters (RFC 1123 label). */
const NAME_LENGTH = 63;

/**
 * A name that is allowed in Kubernetes, readable, and different for different parts: the parts as a slug, cut, and a digest of them whole.
 */
export function deterministicName(...parts: string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);
  const slug = parts
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, NAME_LENGTH - digest.length - 1)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? `t-${digest}` : `${slug}-${digest}`;
}

/** A TableIngestion's name: one per ingestion, dump and table. */
export function tableIngestionName(ingestion: string, dumpFile: string, table: string): string {
  return deterministicName(ingestion, dumpFile.replace(/^.*\//, '').replace(/\.[^.]*$/, ''), table, dumpFile);
}

/** A Job's name: one per run and task; for a load the TableIngestion's name is its subject. */
export function jobName(ingestion: string, run: string, kind: TaskKind, tableIngestion = ''): string {
  return deterministicName(tableIngestion === '' ? ingestion : tableIngestion, kind.toLowerCase(), run).replace(/^(\d)/, 'j$1');
}
