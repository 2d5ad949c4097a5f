import { ManifestError, shorten } from '../../crds/contract/errors.ts';
import { ownerUid, type ObjectMetadata, type TableIngestionObject } from '../../operator/kubernetes/client/objects.ts';

/** How many names a message lists. */
const LISTED = 5;

/** The table that a user names: by its version table or its TableIngestion, or as in the dump where only one has that name. */
export function findTable(
  tables: readonly TableIngestionObject[],
  ingestion: Pick<ObjectMetadata, 'name' | 'uid'>,
  name: string,
): TableIngestionObject {
  const own = tables.filter((table) => ownerUid(table) === ingestion.uid);
  const exact = own.filter(({ metadata, spec }) => spec.versionTable === name || metadata.name === name);
  const found = exact.length > 0 ? exact : own.filter(({ spec }) => spec.table === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const names = found.slice(0, LISTED).map(({ metadata, spec }) => spec.versionTable ?? metadata.name);
  const more = found.length > LISTED ? ', …' : '';
  const message =
    first === undefined
      ? `${ingestion.name} has no table ${shorten(name)}: kubectl get ti -l motherload.dev/ingestion=${ingestion.name} lists those that it has`
      : `${ingestion.name} has ${found.length} tables ${shorten(name)}: give the name of one of ${names.join(', ')}${more}`;
  throw new ManifestError('NoSuchTable', message);
}
