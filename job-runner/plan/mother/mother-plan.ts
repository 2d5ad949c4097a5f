import type { Mother, MotherColumn } from '../table-plan.ts';

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
  readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull: boolean }[];
  readonly warnings: readonly string[];
}
