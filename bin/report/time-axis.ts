/** Distances between ticks that people count in, in seconds. */
const STEPS = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600],
  ...[7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800],
];

export interface Tick {
  readonly seconds: number;
  readonly label: string;
}

/** At most this many ticks from 0 to the end. */
export function timeTicks(totalSeconds: number, count: number): Tick[] {
  const step = STEPS.find((one) => totalSeconds / one <= count) ?? totalSeconds / count;
  const ticks = Math.floor(totalSeconds / step + 1e-9) + 1;
  return Array.from({ length: ticks }, (_, index) => ({ seconds: index * step, label: label(index * step, step) }));
}

function label(seconds: number, step: number): string {
  if (seconds === 0) return '0';
  if (step < 1) return `${seconds.toFixed(Math.ceil(-Math.log10(step)))} s`;
  const whole = Math.round(seconds);
  if (step < 60 && whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  if (hours === 0 && rest === 0) return `${minutes} min`;
  if (hours === 0) return `${minutes}:${two(rest)} min`;
  return minutes === 0 ? `${hours} h` : `${hours}:${two(minutes)} h`;
}

/** A round number at or above the value: the top of an axis. */
export function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((one) => one * power >= value - 1e-9) ?? 10;
  return factor * power;
}
