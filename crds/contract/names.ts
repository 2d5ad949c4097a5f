import { createHash } from 'node:crypto';
import type { TableIngestionSpec } from './generated.ts';
import type { TaskKind } from './task.ts';

/** Labels on everything that belongs to a run. */
export const LABELS = {
  ingestion: 'motherload.dev/ingestion',
  run: 'motherload.dev/run',
  task: 'motherload.dev/task',
  table: 'motherload.dev/table-ingestion',
  dumpVersion: 'motherload.dev/version',
  template: 'motherload.dev/template',
} as const;

/** On a Job that several tables share: the names of their TableIngestions, as JSON. A label's value has room for one. */
export const TABLES_ANNOTATION = 'motherload.dev/table-ingestions';

/** Kueue's label for the queue that admits a Job: https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
export const QUEUE_LABEL = 'kueue.x-k8s.io/queue-name';

/** The conditions of a DumpIngestion; a TableIngestion has the last three. */
export const CONDITIONS = {
  Catalogued: 'The dumps have been read, and every table of every dump has its TableIngestion.',
  Suspended: 'spec.suspend is true.',
  Stalled: 'No more Jobs are started, since what made several loads fail would make the others fail, too.',
  Progressing:
    'The run or the load makes progress. False with a reason of Kubernetes if something blocks it, and after the end.',
  Complete: 'It ended successfully: everything that was to be loaded has been loaded.',
  Failed: 'It ended with failures. Loaded tables are kept.',
} as const;
export type ConditionType = keyof typeof CONDITIONS;

/** Kubernetes limits a label's value, and so a Job's name, to 63 characters (RFC 1123 label). */
const NAME_LENGTH = 63;
/** 64 bits: among 100,000 tables of a run, two share 32 bits as likely as not. */
const DIGEST_LENGTH = 16;

/**
 * A readable name that Kubernetes allows: the words as a shortened slug, and a digest that makes it unique for its identity. It starts with a
 * letter, which some kinds of objects require.
 */
function readableName(words: readonly string[], identity: readonly string[]): string {
  return `${slugOf(words, NAME_LENGTH - DIGEST_LENGTH - 1)}-${digestOf(identity)}`;
}

function digestOf(identity: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, DIGEST_LENGTH);
}

function slugOf(words: readonly string[], length: number): string {
  return words
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/^(?=\d|$)/, 't')
    .slice(0, length)
    .replace(/-+$/, '');
}

/** A TableIngestion's name: one per run, dump and table, and after the version table where it has one. */
export function tableIngestionName(
  ingestion: string,
  run: string,
  { dump, table, versionTable }: Pick<TableIngestionSpec, 'dump' | 'table' | 'versionTable'>,
): string {
  const words = versionTable === undefined ? [dump.file.replace(/^.*\//, ''), table] : [versionTable];
  return readableName([ingestion, ...words], [ingestion, run, dump.file, table]);
}

/** The name of a Job that several tables share. Its end shows which run it is of, even to one who knows one of the tables alone. */
export function sharedJobName(ingestion: string, run: string, tableIngestions: readonly string[]): string {
  const batch = digestOf([...tableIngestions, 'LoadBatch', run]);
  const slug = slugOf([ingestion, 'load'], NAME_LENGTH - 2 * (DIGEST_LENGTH + 1));
  return `${slug}-${batch}-${digestOf([batch, run])}`;
}

/** Whether it is the name of a Job of this run that several tables share. */
export function isSharedJobName(name: string, run: string): boolean {
  const [end = '', batch = ''] = name.split('-').reverse();
  return end === digestOf([batch, run]);
}

/** A Job's name: one per run and task; for a load the TableIngestion's name is its subject. */
export function jobName(ingestion: string, run: string, kind: TaskKind, tableIngestion = ''): string {
  const subject = tableIngestion === '' ? ingestion : tableIngestion;
  return readableName([subject, kind], [subject, kind, run]);
}
