/** Formats numbers for display. */
import { counted } from '../../crds/contract/counted.ts';

/** `1,234,567`. Not with Intl, whose first number takes 15 ms of CPU. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 row`, `1,234 rows` */
export function countOf(count: number, noun: string): string {
  return counted(count, noun, formatCount(count));
}

/** `0.04 s`, `12.3 s`, `3 min 05 s`, `2 h 10 min` */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `7 s`, `3 min 05 s`: an estimate has no decimals. */
export function formatTimeLeft(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : formatSeconds(seconds);
}

/** `812 B`, `3.4 kB`, `1.2 GB`, in powers of ten. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `84.2`; empty if the load was too short to measure. */
export function formatMegabytesPerSecond(bytes: number, seconds: number): string {
  return seconds > 0 ? (bytes / 1_000_000 / seconds).toFixed(1) : '';
}
