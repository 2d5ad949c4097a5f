import type { DumpIngestionStatus, TableIngestionStatus } from '../../../crds/contract/generated.ts';
import { mapInParallel } from '../../../crds/contract/in-parallel.ts';
import { jobName, tableIngestionName } from '../../../crds/contract/names.ts';
import { API_VERSION, buildTableIngestion } from '../../../operator/build/table-ingestion.ts';
import type { KubernetesApi } from '../../../operator/kubernetes/client/api.ts';
import { pathOf, type DumpIngestionObject } from '../../../operator/kubernetes/client/objects.ts';
import { DUMP_INGESTIONS, TABLE_INGESTIONS } from '../../../operator/kubernetes/client/resources.ts';
import { makeCatalogue } from './catalogue.ts';

const MAX_REQUESTS = 16;
const TIME = '2026-01-01T00:00:00Z';

/** Creates DumpIngestions that have ended long ago, with their TableIngestions, as nobody has deleted them. */
export async function createFinishedRuns(
  api: KubernetesApi,
  namespace: string,
  runs: number,
  tables: number,
): Promise<void> {
  await mapInParallel(
    Array.from({ length: runs }, (_, index) => `finished-${index}`),
    MAX_REQUESTS,
    async (name) => await createFinishedRun(api, namespace, name, tables),
  );
}

async function createFinishedRun(api: KubernetesApi, namespace: string, name: string, tables: number): Promise<void> {
  const spec = {
    source: { volume: { nfs: { server: 'dumps.invalid', path: '/dumps' } } },
    target: { databaseSecretRef: { name: 'database' } },
  };
  const body = { apiVersion: API_VERSION, kind: 'DumpIngestion', metadata: { name, namespace }, spec };
  const created = await api.request<DumpIngestionObject>('POST', pathOf(DUMP_INGESTIONS, namespace), { body });
  const { uid, generation = 1 } = created.metadata;
  for (const entry of makeCatalogue(name, tables)) {
    const table = tableIngestionName(name, uid, entry);
    const ingestion = { metadata: { name, namespace, uid, generation }, spec: created.spec, status: {} };
    await api.request('POST', pathOf(TABLE_INGESTIONS, namespace), {
      body: buildTableIngestion(ingestion, table, entry),
    });
    const end = tableEnd(jobName(name, uid, 'Load', table));
    await writeStatus(api, pathOf(TABLE_INGESTIONS, namespace, table), end);
  }
  await writeStatus(api, pathOf(DUMP_INGESTIONS, namespace, name), runEnd(generation, tables));
}

async function writeStatus(api: KubernetesApi, path: string, status: object): Promise<void> {
  await api.request('PATCH', `${path}/status`, { body: { status }, contentType: 'application/merge-patch+json' });
}

function tableEnd(job: string): TableIngestionStatus {
  return {
    ...{ observedGeneration: 1, phase: 'Loaded', message: 'loaded 1000 rows', conditions: conditions('TablesLoaded') },
    ...{ jobName: job, attempts: 1, rows: 1000, bytes: 1_000_000, percent: 100, streams: 1 },
    ...{ seconds: { copy: 1.5, attach: 0.1 }, startTime: TIME, completionTime: TIME },
  };
}

function runEnd(generation: number, tables: number): DumpIngestionStatus {
  const counts = { pending: 0, running: 0, alreadyLoaded: 0, skipped: 0, failed: 0 };
  return {
    ...{ observedGeneration: generation, phase: 'Complete', message: `${tables} tables loaded` },
    conditions: conditions('AllTablesLoaded'),
    tables: { summary: `${tables}/${tables}`, total: tables, loaded: tables, ...counts },
    ...{ rows: tables * 1000, startTime: TIME, completionTime: TIME },
  };
}

function conditions(reason: string) {
  const condition = { lastTransitionTime: TIME, observedGeneration: 1, reason, message: 'as the operator says' };
  return [
    { type: 'Progressing', status: 'False' as const, ...condition },
    { type: 'Complete', status: 'True' as const, ...condition },
    { type: 'Failed', status: 'False' as const, ...condition },
  ];
}
