import { are, counted } from '../../crds/contract/counted.ts';
import { ManifestError, shorten } from '../../crds/contract/errors.ts';
import { unpackNames } from '../../crds/contract/packed-names.ts';
import type { FinishResult } from '../../crds/contract/report.ts';
import type { FinishTask, ReportedTables } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { findLoads, loadKey, type LedgerRow } from '../database/ledger.ts';
import { readVersionTablesOf } from '../database/loads-of-run.ts';
import { tableBatches } from '../database/table-batches.ts';
import { describeLoss, findRelations, isLoadedTable, type FoundRelation } from '../database/version-tables.ts';

const MAX_SHOWN = 5;

/**
 * How many of the tables of earlier runs are gone, which fails nothing, since their owner may have dropped them; and how many are not looked for. Throws where
 * tables that the run has loaded, or found loaded, are no longer there. The statuses say what the Jobs reported, and a run takes hours: meanwhile somebody may
 * drop a table, or a standby take over that had not got the last transactions. What another run has loaded in a table's place is there as well.
 */
export async function findMissingLoads(
  db: Database,
  { ingestion, target, own, earlier }: FinishTask,
): Promise<Pick<FinishResult, 'gone' | 'unasked'>> {
  const ofOwn = own && (await findMissing(db, target, own, [ingestion.run]));
  if (own !== undefined && ofOwn !== undefined && countOf(ofOwn) > 0) throw loadsGone(own, ofOwn, target.ledgerSchema);
  const ofEarlier = earlier && (await findMissing(db, target, earlier, earlier.runs));
  const unasked = (ofOwn?.unasked ?? 0) + (ofEarlier?.unasked ?? 0);
  return {
    ...(ofEarlier === undefined ? {} : { gone: countOf(ofEarlier) }),
    ...(unasked === 0 ? {} : { unasked }),
  };
}

function loadsGone({ loaded, found }: ReportedTables, own: Missing, ledgerSchema: string): ManifestError {
  const { missing, unknown } = own;
  const lost = unknown === 0 ? [] : [`${unknown} that the ledger in schema ${ledgerSchema} does not know any more`];
  const shown = missing.length > MAX_SHOWN ? [`${missing.length - MAX_SHOWN} more`] : [];
  const list = [...missing.slice(0, MAX_SHOWN), ...shown, ...lost].join(', ');
  const tables = counted(loaded + (found?.count ?? 0), 'table');
  const all = countOf(own);
  const message = `${all} of ${tables} that this run has loaded or found loaded ${are(all)} no longer there: ${list}. Load all tables again, by kubectl motherload retry --all or the same motherload run: those that are there are found loaded, and a run of the failed ones alone would leave these out`;
  return new ManifestError('LoadsGone', message);
}

interface Missing {
  /** Each with the reason behind it. */
  readonly missing: readonly string[];
  /** Of which not even the ledger has the name. */
  readonly unknown: number;
  /** Of those that were found loaded, how many the task had no room to name. */
  readonly unasked: number;
}

function countOf({ missing, unknown }: Missing): number {
  return missing.length + unknown;
}

async function findMissing(
  db: Database,
  { schema, ledgerSchema }: FinishTask['target'],
  { loaded, found }: ReportedTables,
  runs: readonly string[],
): Promise<Missing> {
  const names = loaded === 0 ? [] : await readVersionTablesOf(db, ledgerSchema, { schema, runs });
  const foundNames = found === undefined ? [] : unpackNames(found);
  const wereFound = new Set(foundNames);
  const missing: string[] = [];
  for (const batch of tableBatches([...new Set([...names, ...foundNames])])) {
    const tables = batch.map((name) => ({ schema, name }));
    const loads = await findLoads(db, ledgerSchema, tables);
    const relations = await findRelations(db, schema, batch);
    for (const name of batch) {
      const why = whyMissing(relations.get(name), loads.get(loadKey({ schema, name })), wereFound.has(name));
      if (why !== undefined) missing.push(shorten(name) + why);
    }
  }
  return {
    missing,
    unknown: Math.max(0, loaded - names.length),
    unasked: (found?.count ?? 0) - foundNames.length,
  };
}

/** One that was found loaded was below the mother that the manifest names, which may be another one than at its load. */
function whyMissing(
  relation: FoundRelation | undefined,
  load: LedgerRow | undefined,
  isFound: boolean,
): string | undefined {
  if (relation === undefined) return ' (dropped or renamed)';
  if (load === undefined) return ' (unknown to the ledger)';
  if (!isLoadedTable(relation, load)) return ' (another table has its name)';
  const loss = describeLoss(relation, load);
  if (loss !== undefined) return ` with ${loss}`;
  if (load.mother === null) return undefined;
  const mother = `${load.targetSchema}.${load.mother}`;
  const isBelow = isFound ? relation.mothers.length > 0 : relation.mothers.includes(mother);
  return isBelow ? undefined : ` (no longer below the mother table ${mother})`;
}
