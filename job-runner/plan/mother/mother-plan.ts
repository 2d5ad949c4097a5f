import type { Failure } from '../../../crds/contract/errors.ts';
import type { Mother, MotherColumn } from '../table-plan.ts';
import type { MotherChanges } from './mother-change.ts';

/** The relation with this name in the target schema. A mother must be a plain table: no table can inherit from another kind. */
export interface ExistingRelation {
  readonly name: string;
  readonly kind: 'Table' | 'Other';
  /** For messages, for instance `view`. */
  readonly description: string;
  readonly columns: readonly MotherColumn[];
  readonly uninherited?: Mother['uninherited'];
}

/** A mother table, and how it is prepared for the loads. */
export interface MotherPlan {
  readonly name: string;
  readonly action: 'Use' | 'Create' | 'Recreate' | 'Purge';
  readonly origin: 'Database' | 'Definition' | 'Derived';
  /** As they are once it is prepared. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull: boolean }[];
  readonly warnings: readonly string[];
  /** What an existing one needs for the versions of this run. */
  readonly changes?: MotherChanges;
  /** The versions of this run that it does not take. */
  readonly refusals?: readonly VersionRefusal[];
}

/** Why a dump's table cannot become a version of the mother. */
export interface VersionRefusal {
  readonly dump: string;
  readonly failure: Failure;
}
