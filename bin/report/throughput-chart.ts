import { gridLines, round } from './gantt-chart.ts';
import { markup, type Markup } from './markup.ts';
import { throughput } from './throughput.ts';
import type { RunReport } from './run-report.ts';
import { roundUp } from './time-axis.ts';
import type { Timeline } from './timeline.ts';

const WIDTH = 1000;
const HEIGHT = 150;
const AXIS_HEIGHT = 24;
const PARTS = 100;

/** Megabytes per second over the same time as the Gantt chart above it. */
export function throughputChart(report: RunReport, timeline: Timeline, now: Date): Markup {
  const rates = throughput(report, timeline, now, PARTS);
  const top = roundUp(Math.max(...rates));
  const y = (rate: number) => round(HEIGHT - (rate / top) * (HEIGHT - 16));
  const width = WIDTH / PARTS;
  const line = rates.map((rate, index) => `H${round(index * width)}V${y(rate)}`).join('');
  const marks = [top / 2, top].map(
    (rate) =>
      markup`<path class="grid" d="M0 ${y(rate)}H${WIDTH}"/><text class="tick" x="4" y="${y(rate) - 4}">${Number(rate.toPrecision(3))} MB/s</text>`,
  );
  const bars = rates.map(
    (rate, index) =>
      markup`<rect class="target" x="${round(index * width)}" y="0" width="${width}" height="${HEIGHT}"><title>${rate.toFixed(1)} MB/s</title></rect>`,
  );
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT + AXIS_HEIGHT}" role="img" aria-label="Megabytes per second over time, at most ${round(Math.max(...rates))}">
${gridLines(timeline, WIDTH / (timeline.end - timeline.start), HEIGHT)}
<path class="area" d="M0 ${HEIGHT}${line}H${WIDTH}V${HEIGHT}Z"/>
${marks}${bars}
</svg>`;
}
