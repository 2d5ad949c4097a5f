import type { Location } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { entryLocation } from './zip-entries.ts';

/** Where a task's data is: what every error of a load names. */
export function locationOf(task: LoadTask): Location {
  const { dump, dat, table } = task.table;
  return { file: dat === undefined ? dump.file : entryLocation(dump.file, dat.entry), table };
}
