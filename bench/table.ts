import { renderTable } from '../bin/output/table.ts';
import type { Measurement } from './measure.ts';

/** All rounds of one contender with one data set. */
export interface Rounds {
  readonly contender: string;
  readonly rounds: readonly Measurement[];
}

/** The size of the data, the same for all contenders. */
export interface Volume {
  readonly bytes: number;
  readonly rows: number;
}

/** One line of the result: for each column the median of the rounds. */
export interface Summary {
  readonly contender: string;
  readonly seconds: number;
  readonly megabytesPerSecond: number;
  readonly rowsPerSecond: number;
  readonly clientCpuSeconds: number;
  readonly serverCpuSeconds: number | undefined;
  readonly peakMegabytes: number | undefined;
  /** The speed relative to the reference contender. */
  readonly ratio: number | undefined;
}

export function summarize(all: readonly Rounds[], volume: Volume, reference: string): Summary[] {
  const secondsOf = ({ rounds }: Rounds) => median(rounds.map(({ seconds }) => seconds)) ?? NaN;
  const base = all.find(({ contender }) => contender === reference);
  return all.map((one) => {
    const seconds = secondsOf(one);
    const peak = median(one.rounds.map(({ peakBytes }) => peakBytes));
    return {
      contender: one.contender,
      seconds,
      megabytesPerSecond: volume.bytes / 1e6 / seconds,
      rowsPerSecond: volume.rows / seconds,
      clientCpuSeconds: median(one.rounds.map(({ clientCpuSeconds }) => clientCpuSeconds)) ?? NaN,
      serverCpuSeconds: median(one.rounds.map(({ serverCpuSeconds }) => serverCpuSeconds)),
      peakMegabytes: peak === undefined ? undefined : peak / 1e6,
      ratio: base === undefined ? undefined : secondsOf(base) / seconds,
    };
  });
}

/** The median of the numbers that are defined. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((one, other) => one - other);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

export function printable(summaries: readonly Summary[], reference: string): string {
  const number = (value: number | undefined, digits: number) =>
    value === undefined
      ? '–'
      : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const titles = ['', 'seconds', 'MB/s', 'rows/s', 'client CPU s', 'server CPU s', 'peak MB', `× ${reference}`];
  return renderTable(
    titles.map((title, index) => ({ title, align: index === 0 ? 'left' : 'right' })),
    summaries.map((one) => [
      one.contender,
      number(one.seconds, 1),
      number(one.megabytesPerSecond, 0),
      number(one.rowsPerSecond, 0),
      number(one.clientCpuSeconds, 1),
      number(one.serverCpuSeconds, 1),
      number(one.peakMegabytes, 0),
      number(one.ratio, 2),
    ]),
  );
}
