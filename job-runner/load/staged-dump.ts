import { randomUUID } from 'node:crypto';
import type { Undo } from '../database/transaction.ts';
import type { TableName } from '../plan/sql.ts';
import { createStatements } from '../plan/statements.ts';
import { inAttempts } from './copy-attempts.ts';
import { copyFile } from './copy-file.ts';
import { planSteps, type TableInspection } from './inspect-table.ts';
import type { DataContent } from '../dump/table-data.ts';
import type { Load } from './load.ts';
import { rejectsOf } from './staged-table.ts';
import { createStagingTable } from './staging.ts';
import { finishStaging } from './attach.ts';
import { indexesBeforeCopy } from '../plan/load-steps.ts';
import type { MotherIndex } from '../plan/index-statements.ts';

/** A dump's rows in a table that nobody else sees. */
export interface StagedDump {
  readonly table: TableName;
  /** Under which its rejects stand in the ledger. */
  readonly loadId: string;
  readonly rows: number;
  readonly records: number;
  readonly content: DataContent;
}

/**
 * Copies the dump as a load does, its rejects included, and lets `work` look at the result. All of it is undone, so nothing
 * remains.
 */
export async function withStagedDump<Result>(
  load: Load,
  inspection: TableInspection,
  undo: Undo,
  work: (staged: StagedDump) => Promise<Result>,
): Promise<Result> {
  return await inAttempts(load, inspection, async (attempt, opened) => {
    const { db } = opened;
    const task = { ...opened.task, loading: { ...opened.task.loading, streamsPerTable: 1 } };
    const loadId = randomUUID();
    const stepsWith = (indexes: readonly MotherIndex[]) => {
      const steps = planSteps(task, { ...inspection, indexes }, attempt, loadId);
      return { ...steps, create: createStatements(inspection.plan, steps.staging, 'UNLOGGED TABLE') };
    };
    const steps = stepsWith(inspection.indexes);
    const rejects = await rejectsOf(opened, loadId, attempt.isBatched);
    return await undo(db, async () => {
      await db.query(steps.clear);
      await createStagingTable(opened, steps);
      const { rows, records, content } = await copyFile(opened, steps, rejects, [db]);
      // A key that is there twice is a reject.
      if (rejects !== undefined) await finishStaging(opened, stepsWith, indexesBeforeCopy(steps));
      return await work({ table: steps.staging, loadId, rows, records, content });
    });
  });
}
