import { describeFailure } from '../../crds/contract/errors.ts';
import { findCondition } from '../../operator/decide/conditions.ts';
import type { DumpIngestionObject, JobObject, TableIngestionObject } from '../../operator/kubernetes/client/objects.ts';
import { archiveLine } from '../output/archive-line.ts';
import { countOf, formatCount, formatSeconds } from '../output/numbers.ts';
import { tableName } from '../output/table-name.ts';
import type { TreeNode } from '../output/tree.ts';
import type { IngestionObjects } from './objects.ts';
import { runParts } from './run-line.ts';
import { jobsOfRun, PodIndex, problemOfIngestion, problemOfTable, type JobSight } from './waiting-reason.ts';

/** How many tables of each kind are shown, unless all are wanted. */
const SHOWN_TABLES = 10;

/** A DumpIngestion, its catalogue, and the tables that are of interest; what has ended well is only counted. */
export function ingestionTree(objects: IngestionObjects, now: Date, limit = SHOWN_TABLES): TreeNode {
  const { ingestion, tables, jobs, unread } = objects;
  const index = new PodIndex(objects.pods, objects.events, now);
  const { metadata } = ingestion;
  return {
    text: `${metadata.namespace}/${metadata.name}  ${runParts(ingestion, now).join(', ')}`,
    children: [
      ...runNodes(ingestion),
      catalogueNode(ingestion, jobs, index),
      ...tableGroups(tables, index, limit),
      ...finishNodes(ingestion, jobs, index),
      ...endedNodes(ingestion),
      ...archiveNodes(ingestion),
      ...unread.map((message) => ({ text: `not shown: ${message}` })),
    ],
  };
}

/** Which run it is, and what is wrong with it as a whole. */
function runNodes({ spec, status = {} }: DumpIngestionObject): TreeNode[] {
  const { run, stalled, failures = [], tables } = status;
  const trigger = run?.trigger === undefined ? '' : `, spec.trigger ${JSON.stringify(run.trigger)}`;
  const policy = run?.retryPolicy === undefined ? '' : ` (${run.retryPolicy})`;
  const isNext = spec.trigger !== undefined && spec.trigger !== run?.trigger;
  const problem = problemOfIngestion({ status });
  const next = stalled === undefined ? '' : `; the next attempt is at ${stalled.nextProbeTime}`;
  // Failures of tables are shown with these.
  const own = (tables?.failed ?? 0) === 0 ? failures : [];
  return [
    ...(run === undefined ? [] : [{ text: `run ${run.number}${trigger}${policy}` }]),
    ...(isNext && status.phase !== undefined
      ? [{ text: `next run: spec.trigger is ${JSON.stringify(spec.trigger)}; it starts when this one has ended` }]
      : []),
    ...(problem === undefined ? [] : [{ text: `${problem.reason}: ${problem.message}${next}` }]),
    ...own.map((failure) => ({ text: `${failure.code}: ${describeFailure(failure)}` })),
  ];
}

function catalogueNode(ingestion: DumpIngestionObject, jobs: readonly JobObject[], index: PodIndex): TreeNode {
  const { status = {} } = ingestion;
  const condition = findCondition(status.conditions, 'Catalogued');
  if (condition?.status === 'True') {
    const seconds = status.catalogueSeconds === undefined ? '' : ` in ${formatSeconds(status.catalogueSeconds)}`;
    return { text: `catalogue: ${countOf(status.tables?.total ?? 0, 'table')}${seconds}` };
  }
  const text =
    condition === undefined
      ? 'catalogue: the operator has not seen this DumpIngestion yet'
      : `catalogue: ${condition.reason}: ${condition.message}`;
  return withJob(text, jobsOfRun(ingestion).catalogue, jobs, index);
}

/** Only while it is of interest: as long as it has not succeeded. */
function finishNodes(ingestion: DumpIngestionObject, jobs: readonly JobObject[], index: PodIndex): TreeNode[] {
  if (ingestion.status?.phase !== 'Finishing') return [];
  return [withJob('finish: statistics of the mother tables are updated', jobsOfRun(ingestion).finish, jobs, index)];
}

function withJob(text: string, name: string, jobs: readonly JobObject[], index: PodIndex): TreeNode {
  if (!jobs.some(({ metadata }) => metadata.name === name)) return { text };
  const sight = index.of(name);
  return { text, children: [{ text: jobText(name, undefined, sight) }, ...problemNodes(sight)] };
}

function tableGroups(tables: readonly TableIngestionObject[], index: PodIndex, limit: number): TreeNode[] {
  const inPhase = (phase: string) => tables.filter(({ status }) => (status?.phase ?? 'Pending') === phase);
  const pending = inPhase('Pending');
  const isKept = (table: TableIngestionObject) =>
    problemOfTable(table) !== undefined || table.status?.jobName !== undefined;
  const waiting = pending.filter((table) => !isKept(table));
  const rejects = tables.filter(({ status }) => (status?.rejects ?? 0) > 0);
  return [
    group('running', inPhase('Running'), limit, (table) => unfinishedNode(table, index)),
    group('failed', inPhase('Failed'), limit, failedNode),
    group('with rejects', rejects.toSorted(byRejects), limit, rejectsNode),
    group('starting, or kept from it', pending.filter(isKept), limit, (table) => unfinishedNode(table, index)),
    group('pending', waiting, limit, (table) => ({ text: `${tableName(table)}  ${messageOf(table)}` })),
  ].flat();
}

function group(
  title: string,
  tables: readonly TableIngestionObject[],
  limit: number,
  nodeOf: (table: TableIngestionObject) => TreeNode,
): TreeNode[] {
  if (tables.length === 0) return [];
  const rest = tables.length - limit;
  return [
    {
      text: `${title} (${formatCount(tables.length)})`,
      children: [
        ...tables.slice(0, limit).map(nodeOf),
        ...(rest > 0 ? [{ text: `and ${formatCount(rest)} more (--all)` }] : []),
      ],
    },
  ];
}

function unfinishedNode(table: TableIngestionObject, index: PodIndex): TreeNode {
  const { percent, rows, megabytesPerSecond, secondsLeft, jobName, attempts = 0, phase } = table.status ?? {};
  const parts = [
    ...(percent === undefined ? [] : [`${percent} %`]),
    ...(rows === undefined ? [] : [countOf(rows, 'row')]),
    ...(megabytesPerSecond === undefined ? [] : [`${megabytesPerSecond} MB/s`]),
    ...(secondsLeft === undefined ? [] : [`${secondsLeft} s left`]),
    ...(attempts > 1 ? [`attempt ${attempts}`] : []),
  ];
  const sight: JobSight = jobName === undefined ? { pods: [] } : index.of(jobName);
  const reported = problemOfTable(table);
  const text = parts.length > 0 ? parts.join(', ') : phase === 'Running' ? 'started' : messageOf(table);
  return {
    text: `${tableName(table)}  ${text}`,
    children: [
      ...(jobName === undefined ? [] : [{ text: jobText(jobName, attempts, sight) }]),
      ...problemNodes(reported === undefined ? sight : { pods: sight.pods, problem: reported }),
    ],
  };
}

function jobText(name: string, attempts: number | undefined, { pods }: JobSight): string {
  const places = pods.map(
    ({ metadata, spec }) =>
      `pod ${metadata.name} ${spec?.nodeName === undefined ? 'on no node yet' : `on ${spec.nodeName}`}`,
  );
  const none = attempts === undefined || attempts === 0 ? 'no pod yet' : 'no pod is running';
  return `Job ${name}, ${places.length === 0 ? none : places.join(', ')}`;
}

function problemNodes({ problem }: JobSight): TreeNode[] {
  return problem === undefined ? [] : [{ text: `${problem.reason}: ${problem.message}` }];
}

function failedNode(table: TableIngestionObject): TreeNode {
  const { failure, jobName } = table.status ?? {};
  const text = failure === undefined ? messageOf(table) : `${failure.code}: ${describeFailure(failure)}`;
  return {
    text: `${tableName(table)}  ${text}`,
    ...(jobName === undefined ? {} : { children: [{ text: `Job ${jobName}` }] }),
  };
}

function rejectsNode(table: TableIngestionObject): TreeNode {
  const { rejects = 0, firstRejects = [] } = table.status ?? {};
  return {
    text: `${tableName(table)}  ${countOf(rejects, 'record')} left out`,
    children: firstRejects.slice(0, 1).map((text) => ({ text })),
  };
}

function byRejects(one: TableIngestionObject, other: TableIngestionObject): number {
  return (other.status?.rejects ?? 0) - (one.status?.rejects ?? 0);
}

function endedNodes({ status = {} }: DumpIngestionObject): TreeNode[] {
  const { loaded = 0, alreadyLoaded = 0, skipped = 0 } = status.tables ?? {};
  const counts = [
    [loaded, 'loaded'],
    [alreadyLoaded, 'unchanged'],
    [skipped, 'skipped'],
  ] as const;
  const ended = counts.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
  return ended.length === 0 ? [] : [{ text: `ended: ${ended.join(', ')}` }];
}

function archiveNodes({ status = {} }: DumpIngestionObject): TreeNode[] {
  const text = archiveLine(status);
  return text === undefined ? [] : [{ text }];
}

function messageOf({ spec, status }: TableIngestionObject): string {
  return status?.message ?? spec.message;
}
