import { loadTaskOf, type LoadsTask } from '../../crds/contract/load-task.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import type { KnownTable, UnchangedTable } from '../database/known-table.ts';
import type { LedgerRow } from '../database/ledger.ts';
import { motherOfRelation, readExistingRelations } from '../database/mothers.ts';
import { findRelations, type FoundRelation } from '../database/version-tables.ts';
import type { Archive } from '../dump/archive.ts';
import { DatFile, openDump } from '../dump/dat-file.ts';
import type { Mother } from '../plan/table-plan.ts';
import { inspectDat, judgeExisting } from './inspect-table.ts';

/** What the database has, read for many tables at once. */
interface Found {
  readonly relations: ReadonlyMap<string, FoundRelation>;
  readonly mothers: ReadonlyMap<string, Mother>;
}

/**
 * Those of the tables of which a load that began now would report AlreadyLoaded. It is judged as the load itself judges, by the same plan and the
 * same rule; the rest, and whatever cannot be judged here, is left to its load.
 */
export async function findUnchanged(
  db: Database,
  task: LoadsTask,
  tables: readonly KnownTable[],
): Promise<ReadonlyMap<TableIngestionSpec, UnchangedTable>> {
  const unchanged = new Map<TableIngestionSpec, UnchangedTable>();
  const found = await readFound(db, task, tables);
  for (const ofDump of Map.groupBy(tables, ({ entry }) => entry.dump.file).values()) {
    await withArchive(task, ofDump, async (archive) => {
      for (const known of ofDump) {
        const judged = await judge(db, archive, loadTaskOf(task, known.entry), known.load, found);
        if (judged !== undefined) unchanged.set(known.entry, judged);
      }
    });
  }
  return unchanged;
}

async function readFound(db: Database, { target }: LoadsTask, tables: readonly KnownTable[]): Promise<Found> {
  const names = tables.flatMap(({ entry }) => entry.versionTable ?? []);
  const motherNames = [...new Set(tables.flatMap(({ entry }) => entry.mother ?? []))];
  const mothers = await readExistingRelations(db, target.schema, motherNames);
  return {
    relations: await findRelations(db, target.schema, names),
    mothers: new Map(
      mothers.flatMap((relation) => {
        const mother = motherOfRelation(target.schema, relation);
        return mother === undefined ? [] : [[mother.name, mother] as const];
      }),
    ),
  };
}

/** A dump that cannot be opened any more fails its loads. */
async function withArchive(
  task: LoadsTask,
  [first]: readonly KnownTable[],
  work: (archive: Archive) => Promise<void>,
): Promise<void> {
  const archive = first && (await openDump(loadTaskOf(task, first.entry)).catch(() => undefined));
  if (archive === undefined) return;
  try {
    await work(archive);
  } finally {
    await archive.close();
  }
}

async function judge(
  db: Database,
  archive: Archive,
  task: LoadTask,
  load: LedgerRow,
  { relations, mothers }: Found,
): Promise<UnchangedTable | undefined> {
  const { versionTable = '', mother: motherName } = task.table;
  const relation = relations.get(versionTable);
  const mother = motherName === undefined ? undefined : mothers.get(motherName);
  if (relation === undefined || (motherName !== undefined && mother === undefined)) return undefined;
  try {
    const dat = await DatFile.openIn(archive, task);
    try {
      const plan = await inspectDat(task, dat, db, mother);
      const existing = judgeExisting(task, plan, relation, load);
      if (existing.action !== 'Keep' || existing.outcome !== 'AlreadyLoaded') return undefined;
      // Its load reports them.
      if (existing.load.rejects > 0) return undefined;
      return { message: existing.message, warnings: plan.warnings };
    } finally {
      await dat.close();
    }
  } catch {
    return undefined; // Its load finds the same error and reports it, with its place.
  }
}
