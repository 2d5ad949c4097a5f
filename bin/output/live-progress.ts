import type { createLogUpdate } from 'log-update';
import { shorten } from '../../crds/contract/errors.ts';
import { countOf, formatTimeLeft } from './numbers.ts';
import { changeLines, finishedLine, totalLine } from './progress-lines.ts';
import type { RunView, TableView } from './run-view.ts';

/** Shows the progress of a run, on standard error: standard output is for the result. */
export interface ProgressDisplay {
  show(view: RunView): void;
  end(): void;
}

/** More would not fit into a terminal. */
const MAX_SHOWN_TABLES = 10;
const FRAME_MILLISECONDS = 80;
const LINE_MILLISECONDS = 5_000;

export async function progressDisplay(
  name: string,
  stream: NodeJS.WriteStream,
  plain: boolean,
): Promise<ProgressDisplay> {
  // A terminal without a size, as some tools create, would show nothing.
  if (!stream.isTTY || stream.rows === 0 || plain) return plainDisplay(name, stream);
  // Loading it takes 40 ms of CPU, needed only with a terminal.
  const { createLogUpdate } = await import('log-update');
  return liveDisplay(name, stream, createLogUpdate(stream));
}

/** For terminals: a bar for each table that is being loaded, and a line for the run. Failures stay above it. */
function liveDisplay(
  name: string,
  stream: NodeJS.WriteStream,
  update: ReturnType<typeof createLogUpdate>,
): ProgressDisplay {
  const failed = new Set<string>();
  let drawn = -Infinity;
  return {
    show: (view) => {
      const failures = view.tables.filter((table) => table.status.phase === 'Failed' && !failed.has(table.name));
      if (failures.length > 0) {
        update.clear();
        for (const table of failures) stream.write(`${finishedLine(table)}\n`);
        failures.forEach((table) => failed.add(table.name));
      } else if (performance.now() - drawn < FRAME_MILLISECONDS) return;
      drawn = performance.now();
      update(renderLive(name, view));
    },
    end: () => update.clear(),
  };
}

export function renderLive(name: string, view: RunView): string {
  const running = view.tables.filter((table) => table.status.phase === 'Running');
  const shown = running.slice(0, MAX_SHOWN_TABLES);
  const width = Math.max(0, ...shown.map((table) => titleOf(table).length));
  const rest = running.length > shown.length ? [`  and ${running.length - shown.length} more`] : [];
  return [...shown.map((table) => tableLine(table, width)), ...rest, totalLine(name, view)].join('\n');
}

function titleOf(table: TableView): string {
  return shorten(table.spec.versionTable ?? table.spec.table, 40);
}

function tableLine(table: TableView, width: number): string {
  const { percent = 0, rows = 0, megabytesPerSecond, secondsLeft } = table.status;
  const parts = [
    `${titleOf(table).padEnd(width)}  ${bar(percent)}  ${String(percent).padStart(3)} %`,
    countOf(rows, 'row'),
  ];
  if (megabytesPerSecond !== undefined) parts.push(`${megabytesPerSecond} MB/s`);
  if (secondsLeft !== undefined && secondsLeft > 0) parts.push(`${formatTimeLeft(secondsLeft)} left`);
  return `  ${parts.join('  ')}`;
}

function bar(percent: number): string {
  const filled = Math.round(percent / 5);
  return '█'.repeat(filled) + '░'.repeat(20 - filled);
}

/** For logs: a line for each change, and one with the progress if nothing changes for some seconds. */
function plainDisplay(name: string, stream: NodeJS.WriteStream): ProgressDisplay {
  let before: RunView | undefined;
  let written = performance.now();
  return {
    show: (view) => {
      const lines = changeLines(name, before, view);
      if (lines.length === 0 && performance.now() - written > LINE_MILLISECONDS) lines.push(totalLine(name, view));
      if (lines.length > 0) written = performance.now();
      for (const line of lines) stream.write(`${line}\n`);
      before = view;
    },
    // An empty line before the result.
    end: () => {
      if (before !== undefined) stream.write('\n');
    },
  };
}
