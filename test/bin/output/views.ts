import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import type { TableView } from '../../../bin/output/run-view.ts';

/** A table of a run as it is shown. */
export function table(version: string, name: string, status: TableIngestionStatus): TableView {
  const dump = { file: `app_${version}.zip`, app: 'app', version };
  const spec = {
    ingestionName: 'nightly',
    dump,
    table: name,
    versionTable: `${version}_${name}`,
    mother: name,
    reason: 'Found',
  };
  return { name: `${version}-${name}`, spec: { ...spec, decision: 'Load', message: 'to load' }, status };
}

export const LOADED: TableIngestionStatus = {
  phase: 'Loaded',
  rows: 12_345,
  bytes: 5_000_000,
  seconds: { plan: 0.1, copy: 0.5, attach: 0.02 },
};
export const FAILED: TableIngestionStatus = {
  phase: 'Failed',
  failure: {
    kind: 'Data',
    code: 'BadValue',
    message: 'invalid input syntax for type integer: "x"',
    file: 'app_v2.zip:users.dat',
    table: 'users',
    line: 7,
    column: 'age',
    record: 'x|`y`',
  },
};
