import type { DumpIngestionStatus, TableIngestionSpec, TableIngestionStatus } from '../../crds/contract/generated.ts';
import { describeFailure, type Failure } from '../../crds/contract/errors.ts';
import { readManifests, type DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import { jobName, tableIngestionName } from '../../crds/contract/names.ts';
import type { LoadResult, Progress } from '../../crds/contract/report.ts';
import type { Observed, ObservedIngestion, ObservedJob, ObservedTable } from '../../operator/decide/observed.ts';
import { isFinalPhase } from '../../operator/decide/table.ts';
import { manifestText } from '../manifest.ts';

/** A manifest named `nightly` with the CRD's defaults and these additional lines of spec. */
export function manifest(moreSpec = ''): DumpIngestionManifest {
  const [ingestion] = readManifests([{ name: 'ingestion.yaml', text: manifestText(moreSpec) }]).ingestions;
  if (ingestion === undefined) throw new Error('no DumpIngestion in the manifest');
  return ingestion;
}

export const UID = '7b0f2f5e-3f0e-4b58-9d2f-9f0f1c7d1a11';
export const NOW = new Date('2026-03-01T12:00:00.000Z');
export const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

export function entry(table: string, more: Partial<TableIngestionSpec> = {}): TableIngestionSpec {
  return {
    ingestionName: 'nightly',
    dump: { file: 'crm_v1.zip', app: 'crm', version: 'v1', dialect: 'mssql' },
    table,
    versionTable: `v1_${table}`,
    mother: table,
    dat: { entry: `${table}.dat`, bytes: 1000, compressedBytes: 100, crc32: '0badcafe' },
    schemaFile: { entry: `${table}.json`, bytes: 50, crc32: '0badcafe' },
    decision: 'Load',
    reason: 'MotherFound',
    message: 'will be loaded',
    ...more,
  };
}

/** An entry that cannot be loaded. */
export function failing(table: string, failure: Failure): TableIngestionSpec {
  return entry(table, { decision: 'Fail', reason: failure.code, message: describeFailure(failure), failure });
}

export function nameOf(spec: TableIngestionSpec): string {
  return tableIngestionName('nightly', UID, spec);
}

export function table(spec: TableIngestionSpec, status: TableIngestionStatus = {}): ObservedTable {
  const { phase } = status;
  const left = spec.decision === 'Load' && isFinalPhase(phase) ? leftByJob(spec, phase === 'Failed') : {};
  return { name: nameOf(spec), generation: 1, spec, status: { ...left, ...status } };
}

/** What the Job of this run leaves in a table's status beside its phase. */
function leftByJob(spec: TableIngestionSpec, failed: boolean): TableIngestionStatus {
  const type = failed ? 'Failed' : 'Complete';
  const condition = {
    type,
    status: 'True' as const,
    lastTransitionTime: NOW.toISOString(),
    reason: 'Ended',
    message: '',
  };
  return { jobName: jobName('nightly', UID, 'Load', nameOf(spec)), conditions: [condition] };
}

export function ingestion(
  status: DumpIngestionStatus = {},
  more: { spec?: string; deletionTimestamp?: string } = {},
): ObservedIngestion {
  const { deletionTimestamp, spec } = more;
  const metadata = { namespace: 'default', name: 'nightly', uid: UID, generation: 1 };
  return {
    metadata: { ...metadata, ...(deletionTimestamp && { deletionTimestamp }) },
    spec: manifest(spec).spec,
    status,
  };
}

export function loadJob(spec: TableIngestionSpec, more: Partial<ObservedJob> = {}): ObservedJob {
  const name = jobName('nightly', UID, 'Load', nameOf(spec));
  return {
    name,
    kind: 'Load',
    tableName: nameOf(spec),
    state: 'Running',
    attempts: 1,
    startTime: NOW.toISOString(),
    ...more,
  };
}

export function catalogueJob(more: Partial<ObservedJob> = {}): ObservedJob {
  return { name: jobName('nightly', UID, 'Catalogue'), kind: 'Catalogue', state: 'Running', attempts: 1, ...more };
}

export function finishJob(more: Partial<ObservedJob> = {}): ObservedJob {
  return { name: jobName('nightly', UID, 'Finish'), kind: 'Finish', state: 'Running', attempts: 1, ...more };
}

export function loadResult(more: Partial<LoadResult> = {}): LoadResult {
  const base = { rows: 10, bytes: 1000, streams: 1, warnings: [], seconds: { copy: 2 } };
  return { task: 'Load', outcome: 'Loaded', message: 'loaded 10 rows', ...base, ...more };
}

export function progress(more: Partial<Progress> = {}): Progress {
  return { step: 'copy', rows: 4, bytes: 400, compressedBytes: 40, totalCompressedBytes: 100, seconds: 2, ...more };
}

/** The status of a run whose catalogue is done. */
export const CATALOGUED: DumpIngestionStatus = {
  startTime: NOW.toISOString(),
  conditions: [
    { type: 'Catalogued', status: 'True', lastTransitionTime: NOW.toISOString(), reason: 'Catalogued', message: '' },
  ],
};

/** Makes a test fail if a decision changes its input. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

export function observed(parts: Partial<Observed> = {}): Observed {
  return deepFreeze({ ingestion: ingestion(), tables: [], jobs: [], ...parts });
}

export function omit<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Omit<T, K>;
}
