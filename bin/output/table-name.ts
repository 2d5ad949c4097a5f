import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { isWholeDump } from '../../crds/contract/whole-dump.ts';

/** How a table is called: by its version table, or where it gets none by its place. */
export function tableName({
  spec,
}: {
  readonly spec: Pick<TableIngestionSpec, 'versionTable' | 'dump' | 'table' | 'dat' | 'schemaFile'>;
}): string {
  return spec.versionTable ?? (isWholeDump(spec) ? spec.dump.file : `${spec.dump.file}:${spec.table}`);
}
