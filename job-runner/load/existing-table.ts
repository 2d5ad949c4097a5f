import { ManifestError, type Location } from '../../crds/contract/errors.ts';
import type { Loading } from '../../crds/contract/task.ts';
import type { LedgerRow } from '../database/ledger.ts';
import type { FoundRelation } from '../database/version-tables.ts';
import type { TablePlan } from '../plan/table-plan.ts';

/** What a table's content is: the same in both, and nothing is loaded again. */
export interface Content {
  readonly crc32: string;
  readonly bytes: number;
  readonly planDigest: string;
}

/** Where the version table is and where it is to be: below these tables, as `schema.name`. */
export interface Placement {
  readonly mothers: readonly string[];
  readonly wanted: string | undefined;
}

export function placementOf(
  { mothers }: Pick<FoundRelation, 'mothers'>,
  { mother }: Pick<TablePlan, 'mother'>,
): Placement {
  return { mothers, wanted: mother && `${mother.schema}.${mother.name}` };
}

/** What to do about what stands under the version table's name. */
export type ExistingTableAction =
  | { readonly action: 'Load' }
  /** `loadId` is that of the table whose location is taken. */
  | { readonly action: 'Replace'; readonly loadId: string }
  | { readonly action: 'Keep'; readonly outcome: 'Loaded' | 'AlreadyLoaded' | 'Skipped'; readonly message: string };

/**
 * `load` is the ledger's row of a version table that is there. A row of this very run means that an earlier attempt committed and its answer
 * was lost on the way: that is a load of this run.
 */
export function classifyExisting(
  load: LedgerRow | undefined,
  content: Content,
  placement: Placement,
  run: string,
  onExisting: Loading['onExisting'],
  location: Location,
): ExistingTableAction {
  if (load === undefined) return { action: 'Load' };
  const when = load.loadedAt.toISOString();
  const isSameFile = load.crc32 === content.crc32 && load.bytes === content.bytes;
  const isSame = isSameFile && load.planDigest === content.planDigest;
  if (isSame && isInPlace(load, placement)) {
    if (load.ingestion.run === run)
      return { action: 'Keep', outcome: 'Loaded', message: 'loaded by an earlier attempt of this run' };
    return {
      action: 'Keep',
      outcome: 'AlreadyLoaded',
      message: `the same content was loaded at ${when}; nothing was loaded again`,
    };
  }
  const other = isSame
    ? `the same content (loaded at ${when}) below ${below(placement.mothers)}, not below ${below(placement.wanted === undefined ? [] : [placement.wanted])}`
    : `${isSameFile ? 'the same file, read by another format or into other columns' : 'other content'} (${load.dumpFile}:${load.entry}, loaded at ${when})`;
  switch (onExisting) {
    case 'Replace':
      return { action: 'Replace', loadId: load.loadId };
    case 'Skip':
      return {
        action: 'Keep',
        outcome: 'Skipped',
        message: `${load.versionTable} holds ${other} and spec.loading.onExisting is Skip`,
      };
    case 'Fail':
      throw new ManifestError(
        'OtherContentLoaded',
        `${load.versionTable} holds ${other}: set spec.loading.onExisting to Replace or Skip, or choose another version table name`,
        location,
      );
  }
}

/**
 * Whether who reads the mother sees the rows. A table that stands alone by the plan and was loaded so may have been put below another one since:
 * that is its owner's affair.
 */
function isInPlace(load: LedgerRow, { mothers, wanted }: Placement): boolean {
  return wanted === undefined ? load.mother === null : mothers.includes(wanted);
}

function below(mothers: readonly string[]): string {
  return mothers.length === 0 ? 'no mother table' : mothers.join(' and ');
}
