import type { Loading } from '../../crds/contract/task.ts';

/** Below this a second stream costs more (a connection, a second transaction) than it saves; measured on two cores. */
const LARGE_TABLE_BYTES = 64 * 1024 * 1024;

/** How many COPY streams load a table with so many bytes of DAT text. A third one gained nothing where it was measured. */
export function streamCount(setting: Loading['streamsPerTable'], bytes: number): number {
  if (setting !== 'Auto') return Number(setting);
  return bytes < LARGE_TABLE_BYTES ? 1 : 2;
}
