import { ManifestError, type Place } from '../../crds/contract/errors.ts';
import type { Loading } from '../../crds/contract/task.ts';
import type { LedgerRow } from '../database/ledger.ts';

/** What a table's content is: the same in both, and nothing is loaded again. */
export interface Content {
  readonly crc32: string;
  readonly bytes: number;
  readonly planDigest: string;
}

/** What to do about what stands under the version table's name. */
export type Verdict =
  | { readonly action: 'Load' }
  | { readonly action: 'Replace' }
  | { readonly action: 'Keep'; readonly outcome: 'Loaded' | 'AlreadyLoaded' | 'Skipped'; readonly message: string };

/**
 * `load` is the ledger's row of a version table that is there. A row of this very run means that an earlier attempt committed and its answer
 * was lost on the way: that is a load of this run.
 */
export function judgeExisting(
  load: LedgerRow | undefined,
  content: Content,
  run: string,
  onExisting: Loading['onExisting'],
  place: Place,
): Verdict {
  if (load === undefined) return { action: 'Load' };
  const when = load.loadedAt.toISOString();
  if (load.crc32 === content.crc32 && load.bytes === content.bytes && load.planDigest === content.planDigest) {
    if (load.ingestion.run === run) return { action: 'Keep', outcome: 'Loaded', message: 'loaded by an earlier attempt of this run' };
    return { action: 'Keep', outcome: 'AlreadyLoaded', message: `the same content was loaded at ${when}; nothing was loaded again` };
  }
  const other = `other content (${load.dumpFile}:${load.entry}, loaded at ${when})`;
  switch (onExisting) {
    case 'Replace':
      return { action: 'Replace' };
    case 'Skip':
      return { action: 'Keep', outcome: 'Skipped', message: `${load.versionTable} holds ${other} and spec.loading.onExisting is Skip` };
    case 'Fail':
      throw new ManifestError(
        'OtherContentLoaded',
        `${load.versionTable} holds ${other}: set spec.loading.onExisting to Replace or Skip, or choose another version table name`,
        place,
      );
  }
}
