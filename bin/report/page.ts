import { createHash } from 'node:crypto';
import { describeFailure } from '../../crds/contract/errors.ts';
import { formatBytes, formatCount, formatSeconds } from '../output/numbers.ts';
import { ganttChart } from './gantt-chart.ts';
import { markup, type Markup, type MarkupValue } from './markup.ts';
import { runSeconds, type RunReport } from './run-report.ts';
import {
  driftSection,
  failureSection,
  pastRunSection,
  rejectSection,
  skippedSection,
  slowestSection,
  timeText,
  warningSection,
} from './sections.ts';
import { STYLE } from './style.ts';
import { throughputChart } from './throughput-chart.ts';
import { buildTimeline, type Timeline } from './timeline.ts';

/**
 * One page about one or several runs, which needs no other file and no network. It has no script, and its policy lets none run: what is in it
 * comes from dumps.
 */
export function reportPage(reports: readonly RunReport[], now: Date): string {
  const title = reports.map(({ name }) => name).join(', ');
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${styleDigest()}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}: Motherload report</title>
<style>`;
  const body = markup`</style>
</head>
<body>
${reports.map((report) => runPart(report, now))}
<footer>Motherload, ${timeText(now.toISOString())}</footer>
</body>
</html>
`;
  return `${page.toString()}${STYLE}${body.toString()}`;
}

function styleDigest(): string {
  return `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
}

function runPart(report: RunReport, now: Date): Markup {
  const timeline = buildTimeline(report, now);
  return markup`<main>
${heading(report)}
${numbers(report, now)}
${failureSection(report)}${timeline === undefined ? '' : charts(report, timeline, now)}
${rejectSection(report)}${slowestSection(report, now)}${driftSection(report)}${warningSection(report)}${skippedSection(report)}${pastRunSection(report)}
</main>
`;
}

function heading({ name, namespace, ingestion }: RunReport): Markup {
  const { phase = 'Pending', message, run, startTime, completionTime, failures = [] } = ingestion;
  const [first] = failures;
  const said = first === undefined ? message : `${first.code}: ${describeFailure(first)}`;
  const facts = [
    ...(namespace === undefined ? [] : [`namespace ${namespace}`]),
    ...(run === undefined ? [] : [`run ${run.number}`]),
    ...(run?.trigger === undefined ? [] : [`trigger ${run.trigger}`]),
    ...(startTime === undefined ? [] : [`started ${timeText(startTime)}`]),
    ...(completionTime === undefined ? [] : [`ended ${timeText(completionTime)}`]),
  ];
  return markup`<header><h1><bdi>${name}</bdi> <span class="badge ${phase.toLowerCase()}">${phase}</span></h1>
<p class="facts">${facts.join(' · ')}</p></header>
${said === undefined || said === '' ? '' : markup`<p class="message ${phase.toLowerCase()}">${said}</p>`}`;
}

function numbers(report: RunReport, now: Date): Markup {
  const {
    tables = {},
    rows = 0,
    rejects = 0,
    bytes = 0,
    megabytesPerSecond,
    percent,
    completionTime,
  } = report.ingestion;
  const tile = (title: string, value: string, kind = ''): MarkupValue =>
    markup`<div class="${kind}"><dt>${title}</dt><dd>${value}</dd></div>`;
  return markup`<dl class="numbers">${[
    tables.summary === undefined ? undefined : tile('Tables', tables.summary),
    (tables.failed ?? 0) > 0 ? tile('Failed', formatCount(tables.failed ?? 0), 'bad') : undefined,
    (tables.alreadyLoaded ?? 0) > 0 ? tile('Unchanged', formatCount(tables.alreadyLoaded ?? 0)) : undefined,
    (tables.skipped ?? 0) > 0 ? tile('Skipped', formatCount(tables.skipped ?? 0)) : undefined,
    completionTime === undefined && percent !== undefined ? tile('Read', `${percent} %`) : undefined,
    tile('Rows', formatCount(rows), rows >= 1e9 ? 'long' : ''),
    rejects > 0 ? tile('Records left out', formatCount(rejects)) : undefined,
    tile('DAT text', formatBytes(bytes)),
    megabytesPerSecond === undefined ? undefined : tile('MB/s', megabytesPerSecond),
    tile('Time', formatSeconds(runSeconds(report, now))),
  ]}</dl>`;
}

function charts(report: RunReport, timeline: Timeline, now: Date): Markup {
  const kinds = new Set(timeline.lanes.flat().map(({ outcome }) => outcome));
  const legend = [
    ['loaded', 'loaded'],
    ['rejects', 'loaded, with records left out'],
    ['failed', 'failed'],
    ['running', 'running'],
    ['skipped', 'skipped'],
  ] as const;
  return markup`<section><h2>Tables over time</h2>
<div class="wide">${ganttChart(timeline)}</div>
<ul class="legend">${legend.map(([kind, text]) => (kinds.has(kind) ? markup`<li><svg viewBox="0 0 10 10"><rect class="${kind}" width="10" height="10" rx="2"/></svg>${text}</li>` : undefined))}</ul>
<p class="note">A lane is one of the Jobs that ran at the same time. Point at a bar to see its table.</p></section>
<section><h2>MB/s over time</h2>
<div class="wide">${throughputChart(report, timeline, now)}</div>
<p class="note">DAT text, each table's spread evenly over its time.</p></section>`;
}
