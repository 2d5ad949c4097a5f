import { toFailure, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { readMother } from '../database/mothers.ts';
import { toMotherloadError } from '../database/database-errors.ts';
import { openTable } from '../dump/open-table.ts';
import type { TableData } from '../dump/table-data.ts';
import { locationOf } from '../dump/table-location.ts';
import type { ExistingTableAction } from '../load/existing-table.ts';
import { inspectTable, planSteps, type Expectation } from '../load/inspect-table.ts';
import { statementsOf } from '../plan/load-steps.ts';
import { changedMother, typesBefore } from '../plan/mother/mother-change.ts';
import type { MotherPlan } from '../plan/mother/mother-plan.ts';
import { normaliseTypeName } from '../plan/postgresql-type.ts';

/** What a run would do with one table. */
export interface TablePreview {
  readonly entry: TableIngestionSpec;
  /** In their order; empty for a table that is not loaded. */
  readonly statements: readonly string[];
  /** Connections that run COPY at the same time. */
  readonly streams: number;
  readonly warnings: readonly string[];
  readonly failure?: Failure;
}

/** Stands for the load's ID, which is generated when the load starts. */
const LOAD_ID = '…';

/** `mother` and `dropped` say what the run prepares before its first load. */
export async function previewTable(
  task: LoadTask,
  mother: MotherPlan | undefined,
  dropped: ReadonlySet<number>,
  db: Database | undefined,
): Promise<TablePreview> {
  const entry = task.table;
  const nothing: TablePreview = { entry, statements: [], streams: 0, warnings: [] };
  if (entry.decision !== 'Load') return nothing;
  try {
    const dat = await openTable(task);
    try {
      return await previewLoad(task, dat, { ...(await preparedMother(task, mother, db)), dropped }, db);
    } finally {
      await dat.close();
    }
  } catch (error) {
    return { ...nothing, failure: toFailure(toMotherloadError(error, locationOf(task))) };
  }
}

/** By the cheapest of COPY's formats: that a value needs another one shows when it is read. */
async function previewLoad(
  task: LoadTask,
  dat: TableData,
  expected: Expectation,
  db: Database | undefined,
): Promise<TablePreview> {
  const inspection = await inspectTable(task, dat, db, expected);
  const { existing, plan, copyFormats } = inspection;
  const entry = task.table;
  const { warnings } = plan;
  if (existing.action === 'Keep')
    return { entry: { ...entry, message: existing.message }, statements: [], streams: 0, warnings };
  const message = describeAction(existing, entry);
  const steps = planSteps(task, inspection, { format: copyFormats[0], isBatched: false }, LOAD_ID);
  return { entry: { ...entry, message }, statements: statementsOf(steps), streams: steps.copy.streams, warnings };
}

function describeAction(existing: ExistingTableAction, { message }: TableIngestionSpec): string {
  if (existing.action !== 'Replace') return message;
  return existing.compared === undefined
    ? 'replaces other content that was loaded before'
    : 'is read again, and compared with what was loaded before';
}

/** The mother as the database would have it once the run has prepared it; nothing where that is how it is. */
async function preparedMother(
  { target }: LoadTask,
  mother: MotherPlan | undefined,
  db: Database | undefined,
): Promise<Omit<Expectation, 'dropped'>> {
  if (mother === undefined) return {};
  if (mother.origin === 'Database') {
    const existing = mother.changes && db && (await readMother(db, target.schema, mother.name));
    const changes = mother.changes?.list ?? [];
    return existing === undefined ? {} : { mother: changedMother(existing, changes), loadedAs: typesBefore(changes) };
  }
  const columns = mother.columns.map(({ name, type, notNull }) => ({
    ...{ name, type: normaliseTypeName(type), notNull },
    generated: false,
  }));
  return { mother: { schema: target.schema, name: mother.name, columns }, isCreated: true };
}
