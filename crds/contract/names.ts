import { createHash } from 'node:crypto';
import type { TableIngestionSpec } from './generated.ts';
import type { TaskKind } from './task.ts';

/** Labels on everything that belongs to a run. */
export const LABELS = {
  ingestion: 'motherload.dev/ingestion',
  run: 'motherload.dev/run',
  runNumber: 'motherload.dev/run-number',
  task: 'motherload.dev/task',
  table: 'motherload.dev/table-ingestion',
  dumpVersion: 'motherload.dev/version',
  template: 'motherload.dev/template',
  schedule: 'motherload.dev/schedule',
} as const;

/** On a Job that several tables share: the names of their TableIngestions, as JSON. A label's value has room for one. */
export const TABLES_ANNOTATION = 'motherload.dev/table-ingestions';

/** On a DumpIngestion that a schedule created: when it was due. */
export const SCHEDULED_AT_ANNOTATION = 'motherload.dev/scheduled-at';

/** Kueue's label for the queue that admits a Job: https://kueue.sigs.k8s.io/docs/tasks/run/jobs/ */
export const QUEUE_LABEL = 'kueue.x-k8s.io/queue-name';

/** The conditions of a DumpIngestion; a TableIngestion has Progressing, Complete and Failed. */
export const CONDITIONS = {
  Catalogued: 'The dumps have been read, and every table of every dump has its TableIngestion.',
  Suspended: 'spec.suspend is true.',
  Stalled:
    'No more Jobs are started, since what made several loads fail would make the others fail, too; or the run ended with failures.',
  Progressing:
    'The run or the load makes progress. False with a reason of Kubernetes if something blocks it, and after the end.',
  Complete: 'It ended successfully: everything that was to be loaded has been loaded.',
  Failed: 'It ended with failures. Loaded tables are kept.',
  Ready: 'The same as Complete, for tools that show health by the kstatus convention, such as Argo CD and Flux.',
  Reconciling: 'The run has not ended and is not suspended; by the same convention.',
} as const;
export type ConditionType = keyof typeof CONDITIONS;

/** The conditions of a ScheduledDumpIngestion. */
export const SCHEDULE_CONDITIONS = {
  Ready: 'Runs are started when they are due, or spec.suspend is true.',
  Stalled: 'No runs are started until the manifest is changed: its schedule or time zone is not valid.',
  Suspended: 'spec.suspend is true.',
  Late: 'A run that was due has not started, for a minute or more. False once one has started.',
} as const;
export type ScheduleConditionType = keyof typeof SCHEDULE_CONDITIONS;

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

/** What identifies a run of a DumpIngestion, also in the ledger: the uid, and the run's number where it is not the first one. */
export function runIdentity(uid: string, number = 1): string {
  return number === 1 ? uid : `${uid}/${number}`;
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

const MINUTE = 60_000;

/** The name of the DumpIngestion of a schedule's run: one per moment, so that no moment has two. */
export function scheduledRunName(schedule: string, moment: number): string {
  return `${schedule}-${Math.floor(moment / MINUTE)}`;
}

/** When the run of this name is due; undefined if the schedule gives no such name. */
export function momentOfRun(schedule: string, name: string): number | undefined {
  const minutes = name.startsWith(`${schedule}-`) ? name.slice(schedule.length + 1) : '';
  return /^[1-9]\d{0,9}$/.test(minutes) ? Number(minutes) * MINUTE : undefined;
}
