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
  const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, DIGEST_LENGTH);
  const slug = words
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .replace(/^(?=\d|$)/, 't')
    .slice(0, NAME_LENGTH - DIGEST_LENGTH - 1)
    .replace(/-+$/, '');
  return `${slug}-${digest}`;
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

/** A Job's name: one per run and task; for a load the TableIngestion's name is its subject. */
export function jobName(ingestion: string, run: string, kind: TaskKind, tableIngestion = ''): string {
  const subject = tableIngestion === '' ? ingestion : tableIngestion;
  return readableName([subject, kind], [subject, kind, run]);
}
