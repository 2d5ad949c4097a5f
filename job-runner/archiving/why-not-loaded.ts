import { are } from '../../crds/contract/counted.ts';
import type { ArchiveTask } from '../../crds/contract/task.ts';
import type { DumpedVersion, PendingDump } from '../database/archived-dumps.ts';
import type { Database } from '../database/connection.ts';
import { findLoads, loadKey } from '../database/ledger.ts';
import { describeLoss, findRelations, isLoadedTable } from '../database/version-tables.ts';
import { isSameFile } from '../plan/same-file.ts';

/** Why a dump does not count as loaded, by what the ledger and the database have now; undefined if it does. */
export async function whyNotLoaded(
  db: Database,
  ledgerSchema: string,
  dump: PendingDump,
  { action, evenIfTablesFailed }: Pick<ArchiveTask, 'action' | 'evenIfTablesFailed'>,
): Promise<string | undefined> {
  const { failed, leftOut, tables } = dump;
  if (action === 'Delete' && leftOut > 0)
    return `${leftOut} of its tables are left out by the manifest, and would be lost`;
  if (evenIfTablesFailed) return undefined;
  if (failed > 0) return `${failed} of its tables cannot be loaded`;
  const missing = await findMissing(db, ledgerSchema, dump);
  const [first] = missing;
  if (first === undefined) return tables.length + leftOut === 0 ? 'it has no tables' : undefined;
  return `${missing.length} of its tables ${are(missing.length)} not loaded, ${first.versionTable} for example`;
}

/** A table counts where this run has loaded it, or found it loaded from the same content by the same plan, and where all of it is still there, as far as it shows. */
async function findMissing(
  db: Database,
  ledgerSchema: string,
  { targetSchema, tables, run }: PendingDump,
): Promise<readonly DumpedVersion[]> {
  const names = tables.map(({ versionTable }) => versionTable);
  const loads = await findLoads(
    db,
    ledgerSchema,
    names.map((name) => ({ schema: targetSchema, name })),
  );
  const relations = await findRelations(db, targetSchema, names);
  return tables.filter((table) => {
    const { versionTable, wasLoaded } = table;
    const load = loads.get(loadKey({ schema: targetSchema, name: versionTable }));
    const relation = relations.get(versionTable);
    if (load === undefined || relation === undefined || !isLoadedTable(relation, load)) return true;
    if (describeLoss(relation, load) !== undefined) return true;
    return !isSameFile(table, load) || !(wasLoaded || load.ingestion.run === run);
  });
}
