import { ManifestError, shorten } from '../../crds/contract/errors.ts';
import type { FinishTask } from '../../crds/contract/task.ts';
import type { Database } from '../database/connection.ts';
import { findLoads, loadKey, type LedgerRow } from '../database/ledger.ts';
import { readVersionTablesOf } from '../database/loads-of-run.ts';
import { findRelations, isLoadedTable, type FoundRelation } from '../database/version-tables.ts';

const MAX_SHOWN = 5;

/**
 * Throws where tables that the run has loaded are no longer there. The statuses say what the Jobs reported, and a run takes hours: meanwhile somebody may
 * drop a table, or a standby take over that had not got the last transactions. What another run has loaded in a table's place is there as well.
 */
export async function refuseMissingLoads(db: Database, { ingestion, target, loaded = 0 }: FinishTask): Promise<void> {
  const { missing, unknown } = await findMissing(db, target, { runs: [ingestion.run], loaded });
  if (missing.length + unknown === 0) return;
  const lost =
    unknown === 0 ? [] : [`${unknown} that the ledger in schema ${target.ledgerSchema} does not know any more`];
  const shown = missing.length > MAX_SHOWN ? [`${missing.length - MAX_SHOWN} more`] : [];
  const list = [...missing.slice(0, MAX_SHOWN), ...shown, ...lost].join(', ');
  const message = `${missing.length + unknown} of ${loaded} tables that this run has loaded are no longer there: ${list}. Load all tables again, by kubectl motherload retry --all or the same motherload run: those that are there are found loaded, and a run of the failed ones alone would leave these out`;
  throw new ManifestError('LoadsGone', message);
}

/** How many of the tables are gone that earlier runs loaded; undefined where none of them counts. */
export async function countGone(db: Database, { target, earlier }: FinishTask): Promise<number | undefined> {
  if (earlier === undefined) return undefined;
  const { missing, unknown } = await findMissing(db, target, earlier);
  return missing.length + unknown;
}

interface Missing {
  /** With the reason. */
  readonly missing: readonly string[];
  /** Of which not even the ledger has the name. */
  readonly unknown: number;
}

async function findMissing(
  db: Database,
  { schema, ledgerSchema }: FinishTask['target'],
  { runs, loaded }: NonNullable<FinishTask['earlier']>,
): Promise<Missing> {
  if (loaded === 0) return { missing: [], unknown: 0 };
  const names = await readVersionTablesOf(db, ledgerSchema, { schema, runs });
  const loads = await findLoads(
    db,
    ledgerSchema,
    names.map((name) => ({ schema, name })),
  );
  const relations = await findRelations(db, schema, names);
  const missing = names.flatMap((name) => {
    const why = whyMissing(relations.get(name), loads.get(loadKey({ schema, name })));
    return why === undefined ? [] : [`${shorten(name)} (${why})`];
  });
  return { missing, unknown: Math.max(0, loaded - names.length) };
}

function whyMissing(relation: FoundRelation | undefined, load: LedgerRow | undefined): string | undefined {
  if (relation === undefined) return 'dropped or renamed';
  if (!isLoadedTable(relation, load)) return 'another table has its name';
  const mother = load.mother === null ? undefined : `${load.targetSchema}.${load.mother}`;
  if (mother === undefined || relation.mothers.includes(mother)) return undefined;
  return `no longer below the mother table ${mother}`;
}
