import type { ErrorCode } from '../../../crds/contract/error-codes.ts';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { changedColumns, describeChange, type MotherChange, type MotherChanges } from './mother-change.ts';
import type { MotherPlan, VersionRefusal } from './mother-plan.ts';

/** Why a change cannot be made, and what to do. */
export interface Obstacle {
  readonly code: ErrorCode<'Manifest'>;
  readonly why: string;
}

/** The plan without changes that cannot be made: the versions that need one of these are refused, and with them what they alone need. */
export function refuseChanges(plan: MotherPlan, obstacles: ReadonlyMap<MotherChange, Obstacle>): MotherPlan {
  const { changes, refusals: earlier = [] } = plan;
  if (changes === undefined || obstacles.size === 0) return plan;
  const refusals = new Map(earlier.map((refusal) => [refusal.dump, refusal]));
  for (const [change, obstacle] of obstacles) {
    // A definition that no version of this run needs.
    if (change.dumps.length === 0) throw errorOf(plan.name, change, obstacle);
    for (const dump of change.dumps)
      if (!refusals.has(dump)) refusals.set(dump, refusalOf(plan.name, change, obstacle, dump));
  }
  const left = changes.list.filter(
    (change) =>
      !obstacles.has(change) && (change.dumps.length === 0 || change.dumps.some((dump) => !refusals.has(dump))),
  );
  return withChanges({ ...plan, refusals: [...refusals.values()] }, { ...changes, list: left });
}

/** The plan with other changes, and the columns that follow from them. */
export function withChanges(plan: MotherPlan, changes: MotherChanges): MotherPlan {
  const { name, action, origin, warnings, refusals } = plan;
  const unchanged = { name, action, origin, warnings, ...(refusals === undefined ? {} : { refusals }) };
  const columns = changedColumns(changes.before, changes.list).map(({ name, type, notNull }) => ({
    name,
    type,
    notNull,
  }));
  return { ...unchanged, columns, ...(changes.list.length === 0 ? {} : { changes }) };
}

function refusalOf(mother: string, change: MotherChange, obstacle: Obstacle, dump: string): VersionRefusal {
  return { dump, failure: errorOf(mother, change, obstacle).at({ file: dump }).toFailure() };
}

function errorOf(mother: string, change: MotherChange, { code, why }: Obstacle): ManifestError {
  const message = `the mother table ${mother} cannot ${describeChange(change)}: ${why}`;
  return new ManifestError(code, message, { table: mother, column: change.column });
}
