import { shorten } from '../../crds/contract/errors.ts';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import { countOf, formatCount } from './numbers.ts';

const MAX_REASON_LENGTH = 300;

/** What became of the run's dumps; undefined where none was to be archived. */
export function archiveLine({ archive }: DumpIngestionStatus): string | undefined {
  if (archive === undefined || archive.archived + archive.kept === 0) return undefined;
  const { archived, kept, reason } = archive;
  const why = reason === undefined ? '' : `: ${shorten(reason, MAX_REASON_LENGTH)}`;
  return `archive: ${countOf(archived, 'dump')} archived${kept === 0 ? '' : `, ${formatCount(kept)} left where they are${why}`}`;
}
