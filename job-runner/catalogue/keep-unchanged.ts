import type { CatalogueReason } from '../../crds/contract/catalogue-reasons.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { LoadsTask } from '../../crds/contract/load-task.ts';
import type { Target } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import type { KnownTable, UnchangedTable } from '../database/known-table.ts';
import { findLoads, loadKey } from '../database/ledger.ts';
import { findLockedTables } from '../database/staging-table.ts';
import { tableBatches } from '../database/table-batches.ts';
import { isSameFile } from '../plan/same-file.ts';
import { stagingTable } from '../plan/staging-table.ts';
import { entryWarnings } from './entry-warnings.ts';

/** Which of the tables a load would report as loaded before with the same content, with what it would say; that is for the loader to judge. */
export type FindUnchanged = (
  db: Database,
  task: LoadsTask,
  tables: readonly KnownTable[],
) => Promise<ReadonlyMap<TableIngestionSpec, UnchangedTable>>;

/** The entries, with those that need no load decided as Keep. */
export async function keepUnchanged(
  db: Database,
  task: LoadsTask,
  entries: readonly TableIngestionSpec[],
  findUnchanged: FindUnchanged,
): Promise<readonly TableIngestionSpec[]> {
  const kept: TableIngestionSpec[] = [];
  for (const batch of tableBatches(entries)) {
    const known = await findKnown(db, task.target, batch);
    const unchanged = known.length === 0 ? undefined : await findUnchanged(db, task, known);
    for (const entry of batch) kept.push(withDecision(entry, unchanged?.get(entry)));
  }
  return kept;
}

/**
 * The tables whose file the ledger knows: only their dumps need to be read again. One that a runner works on at the moment is left to its load,
 * which waits for that runner. So the locks are read before the ledger.
 */
async function findKnown(
  db: Database,
  { schema, ledgerSchema }: Target,
  entries: readonly TableIngestionSpec[],
): Promise<KnownTable[]> {
  const tables = entries.flatMap((entry) => {
    const { decision, versionTable: name } = entry;
    return decision === 'Load' && name !== undefined ? [{ entry, table: { schema, name } }] : [];
  });
  if (tables.length === 0) return [];
  const stagings = tables.map(({ table }) => stagingTable(ledgerSchema, table));
  const locked = await findLockedTables(db, stagings);
  const loads = await findLoads(
    db,
    ledgerSchema,
    tables.map(({ table }) => table),
  );
  return tables.flatMap(({ entry, table }, index) => {
    const load = loads.get(loadKey(table));
    if (load === undefined || locked.has(stagings[index]?.name ?? '')) return [];
    return isSameFile(entry.dat, load) ? [{ entry, load }] : [];
  });
}

function withDecision(entry: TableIngestionSpec, unchanged: UnchangedTable | undefined): TableIngestionSpec {
  if (unchanged === undefined) return entry;
  const warnings = entryWarnings([...(entry.warnings ?? []), ...unchanged.warnings]);
  const reason: CatalogueReason = 'AlreadyLoaded';
  return {
    ...{ ...entry, decision: 'Keep', reason, message: unchanged.message },
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}
