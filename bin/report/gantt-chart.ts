import { countOf, formatBytes, formatCount, formatMegabytesPerSecond, formatSeconds } from '../output/numbers.ts';
import type { TableView } from '../output/run-view.ts';
import { markup, type Markup } from './markup.ts';
import { tableName } from '../output/table-name.ts';
import { timeTicks } from './time-axis.ts';
import { mergeNarrowBars, type Bar, type Step, type Timeline } from './timeline.ts';

/** In units of the SVG, which are pixels on a wide screen. */
const WIDTH = 1000;
const AXIS_HEIGHT = 24;
const MAX_LANES_HEIGHT = 900;
/** Bars narrower than this are joined with their neighbours, or drawn as wide as this. */
const MIN_BAR_WIDTH = 2;
const CHARACTER_WIDTH = 6.3;
const TICKS = 10;

/** Lanes of bars, one for each Job that ran at the same time; what a bar is shows where one points at it. */
export function ganttChart(timeline: Timeline): Markup {
  const scale = WIDTH / (timeline.end - timeline.start);
  const lanes = timeline.lanes.map((lane) => mergeNarrowBars(lane, MIN_BAR_WIDTH / scale));
  const rows = lanes.length + (timeline.steps.length > 0 ? 1 : 0);
  const rowHeight = Math.min(24, Math.max(4, Math.floor(MAX_LANES_HEIGHT / rows)));
  const height = rows * rowHeight;
  const at = { timeline, scale, barHeight: rowHeight > 10 ? rowHeight - 4 : rowHeight - 1 };
  const first = timeline.steps.length > 0 ? 1 : 0;
  const count = timeline.lanes.flat().flatMap(({ tables }) => tables).length;
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${height + AXIS_HEIGHT}" role="img" aria-label="${formatCount(count)} tables in ${lanes.length} lanes over time">
${gridLines(timeline, scale, height)}
${timeline.steps.map((step) => stepBar(step, at))}
${lanes.map((lane, index) => lane.map((bar) => tableBar(bar, (index + first) * rowHeight, at)))}
</svg>`;
}

interface Drawing {
  readonly timeline: Timeline;
  readonly scale: number;
  readonly barHeight: number;
}

export function gridLines({ start, end }: Timeline, scale: number, height: number): Markup[] {
  return timeTicks((end - start) / 1000, TICKS).map(({ seconds, label }) => {
    const x = round(seconds * 1000 * scale);
    // Labels at the edges would be cut off in the middle.
    const anchor = x < 20 ? 'start' : x > WIDTH - 30 ? 'end' : 'middle';
    return markup`<path class="grid" d="M${x} 0V${height}"/><text class="tick" x="${x}" y="${height + 17}" text-anchor="${anchor}">${label}</text>`;
  });
}

function stepBar({ name, start, end }: Step, at: Drawing): Markup {
  const title = [`${name}: ${formatSeconds((end - start) / 1000)}`];
  return barAt({ start, end, y: 0, kind: 'step', label: name, title }, at);
}

function tableBar({ start, end, tables, outcome }: Bar, y: number, at: Drawing): Markup {
  const [first] = tables;
  const label = tables.length === 1 && first !== undefined ? tableName(first) : `${formatCount(tables.length)} tables`;
  return barAt({ start, end, y, kind: outcome, label, title: titleOf(tables, end - start) }, at);
}

interface DrawnBar {
  readonly start: number;
  readonly end: number;
  readonly y: number;
  readonly kind: string;
  readonly label: string;
  /** Its lines. */
  readonly title: readonly string[];
}

function barAt({ start, end, y, kind, label, title }: DrawnBar, { timeline, scale, barHeight }: Drawing): Markup {
  const width = Math.max(MIN_BAR_WIDTH, (end - start) * scale - 1);
  const x = Math.min((start - timeline.start) * scale, WIDTH - width);
  const text = barHeight < 12 ? '' : shortLabel(label, width - 10);
  const radius = width > 8 && barHeight > 8 ? 3 : 0;
  const drawn =
    text === ''
      ? ''
      : markup`<text class="label" x="${round(x + 5)}" y="${round(y + barHeight / 2 + 4)}">${text}</text>`;
  return markup`<g><title>${title.map((line, index) => (index === 0 ? line : markup`\n${line}`))}</title><rect class="${kind}" x="${round(x)}" y="${y}" width="${round(width)}" height="${barHeight}" rx="${radius}"/>${drawn}</g>`;
}

/** As much of a name as a bar has room for. */
function shortLabel(label: string, width: number): string {
  const characters = Math.floor(width / CHARACTER_WIDTH);
  if (label.length <= characters) return label;
  // Not within a character of two units.
  return characters < 4 ? '' : `${label.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** How many tables of a bar a title names. */
const NAMED = 5;

function titleOf(tables: readonly TableView[], milliseconds: number): string[] {
  const [first] = tables;
  if (tables.length === 1 && first !== undefined) return tableTitle(first, milliseconds / 1000);
  const failed = tables.filter(({ status }) => status.phase === 'Failed').length;
  const names = tables.slice(0, NAMED).map(tableName);
  const more = tables.length > NAMED ? ', …' : '';
  const failures = failed === 0 ? '' : `, ${formatCount(failed)} failed`;
  return [
    `${formatCount(tables.length)} tables in ${formatSeconds(milliseconds / 1000)}${failures}: ${names.join(', ')}${more}`,
  ];
}

function tableTitle(table: TableView, seconds: number): string[] {
  const { phase = 'Pending', rows, rejects = 0, bytes = 0, failure, seconds: steps = {} } = table.status;
  const copied = steps['copy'] ?? seconds;
  return [
    `${tableName(table)}: ${phase}`,
    table.spec.dump.file,
    formatSeconds(seconds),
    ...(rows === undefined ? [] : [countOf(rows, 'row')]),
    ...(bytes > 0 ? [`${formatBytes(bytes)}, ${formatMegabytesPerSecond(bytes, copied)} MB/s`] : []),
    ...(rejects > 0 ? [`${formatCount(rejects)} rejects`] : []),
    ...(failure === undefined ? [] : [`${failure.code}: ${failure.message}`]),
  ];
}

/** A tenth of a pixel is more than anybody sees, and more digits only make the page larger. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
