import { describeFailure } from '../../crds/contract/errors.ts';
import { durationText } from '../../operator/decide/duration.ts';
import type { DumpIngestionObject } from '../../operator/kubernetes/client/objects.ts';
import { countOf, formatCount, formatTimeLeft } from '../output/numbers.ts';
import type { TreeNode } from '../output/tree.ts';
import { problemOfIngestion } from './waiting-reason.ts';

/** A run in one line: phase, tables, rows, speed, time. */
export function runParts({ spec, status = {} }: DumpIngestionObject, now: Date): string[] {
  const { phase = 'Pending', tables, percent, rows = 0, rejects = 0, megabytesPerSecond, secondsLeft } = status;
  const isUnderWay = status.completionTime === undefined;
  const pending = spec.suspend && phase !== 'Suspended' && isUnderWay ? ['to be suspended'] : [];
  return [
    phase,
    ...pending,
    ...(tables?.summary === undefined ? [] : [`${tables.summary} tables`]),
    ...((tables?.failed ?? 0) > 0 ? [`${formatCount(tables?.failed ?? 0)} failed`] : []),
    ...(isUnderWay && percent !== undefined ? [`${percent} %`] : []),
    ...(rows > 0 ? [countOf(rows, 'row')] : []),
    ...(rejects > 0 ? [`${formatCount(rejects)} rejects`] : []),
    ...(megabytesPerSecond === undefined ? [] : [`${megabytesPerSecond} MB/s`]),
    ...durationParts(status.startTime, status.completionTime, now),
    ...(isUnderWay && secondsLeft !== undefined && secondsLeft > 0 ? [`${formatTimeLeft(secondsLeft)} left`] : []),
  ];
}

function durationParts(start: string | undefined, end: string | undefined, now: Date): string[] {
  if (start === undefined) return [];
  const seconds = ((end === undefined ? now.getTime() : Date.parse(end)) - Date.parse(start)) / 1000;
  return [durationText(seconds)];
}

/** How many failures a DumpIngestion in a list shows; `status NAME` has them all. */
const SHOWN_FAILURES = 3;

/** A DumpIngestion among others: its line, and what is wrong with it. */
export function summaryNode(ingestion: DumpIngestionObject, now: Date, allNamespaces: boolean): TreeNode {
  const { metadata, status = {} } = ingestion;
  const { failures = [] } = status;
  const problem = problemOfIngestion(ingestion);
  const rest = failures.length - SHOWN_FAILURES;
  const name = allNamespaces ? `${metadata.namespace}/${metadata.name}` : metadata.name;
  return {
    text: `${name}  ${runParts(ingestion, now).join(', ')}`,
    children: [
      ...(problem === undefined ? [] : [{ text: `${problem.reason}: ${problem.message}` }]),
      ...failures.slice(0, SHOWN_FAILURES).map((failure) => ({ text: `${failure.code}: ${describeFailure(failure)}` })),
      ...(rest > 0 ? [{ text: `and more: kubectl motherload status ${metadata.name}` }] : []),
    ],
  };
}
