import type { Log } from '../../crds/contract/log.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import type { RowChecksum } from '../copy/row-checksum.ts';
import type { TableData } from '../dump/table-data.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import type { Stopwatch } from '../stopwatch.ts';
import type { LoadProgress } from './progress.ts';

/** What the parts of one load share. */
export interface Load {
  readonly task: LoadTask;
  readonly databaseUri: string;
  /** Holds the version table's lock and runs the final transaction. */
  readonly db: Database;
  readonly dat: TableData;
  readonly plan: TablePlan;
  readonly log: Log;
  readonly watch: Stopwatch;
  readonly progress: LoadProgress;
  /** Takes the rows that are copied; undefined where the staging table is to be scanned. */
  readonly rowChecksum?: RowChecksum | undefined;
}
