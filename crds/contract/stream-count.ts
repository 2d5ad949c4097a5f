import type { Loading } from './task.ts';

/**
 * Below this one stream takes no more than some seconds, and other tables are loaded beside it. Two streams into one
 * table cost the server more than one: nine tables of 100 MB, three at a time on two cores, took 17.8 s of its CPU with
 * one stream each and 18.7 with two.
 */
const LARGE_TABLE_BYTES = 256 * 1024 * 1024;

/**
 * How many COPY streams load a table with so many bytes of DAT text. A third one gained nothing where it was measured.
 */
export function streamCount(setting: Loading['streamsPerTable'], bytes: number): number {
  if (setting !== 'Auto') return Number(setting);
  return bytes < LARGE_TABLE_BYTES ? 1 : 2;
}
