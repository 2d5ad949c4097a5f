import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { CatalogueReader, type CatalogueBounds } from '../../../crds/contract/catalogue-reader.ts';
import { readReport } from '../../../crds/contract/report-line.ts';
import type { Progress, TableResult } from '../../../crds/contract/report.ts';
import { resultsReader } from '../../../crds/contract/table-results.ts';
import { RUNNER_CONTAINER } from '../../build/job.ts';
import { hasStatus, type KubernetesApi } from '../client/api.ts';
import { pathOf, type PodObject } from '../client/objects.ts';
import { PODS } from '../client/resources.ts';

/** Enough to contain the last progress report. */
const TAIL_LINES = 20;
/** They are the last lines of a log: 100 results of 4 KiB in lines of 64 KiB of text, and what a runtime adds. */
const RESULTS_TAIL_LINES = 100;
const MAX_RESULTS_LOG_BYTES = 2 * 1024 * 1024;
const IDLE_MILLISECONDS = 5_000;
/** Bounds, since a pod in a tenant's namespace may log anything. A catalogue of 100,000 tables takes 8 MiB, in lines of 16 KiB. */
const MAX_PROGRESS_LOG_BYTES = 256 * 1024;
const MAX_CATALOGUE_LOG_BYTES = 64 * 1024 * 1024;
const MAX_LINE_BYTES = 1024 * 1024;

/** A catalogue and the size of its text; or why a catalogue that arrived in full cannot be used. */
export type CatalogueReading =
  { readonly entries: readonly TableIngestionSpec[]; readonly bytes: number } | { readonly fault: string };

export type ReadingBounds = Pick<CatalogueBounds, 'entries' | 'bytes'>;

/** The catalogue in the log of its pod; undefined if it is incomplete or missing, or if the pod no longer exists. */
export async function readCatalogue(
  api: KubernetesApi,
  pod: PodObject,
  bounds: ReadingBounds,
): Promise<CatalogueReading | undefined> {
  const reader = new CatalogueReader({ ...bounds, isEntry: isTableIngestionSpec });
  try {
    const query = { container: RUNNER_CONTAINER, limitBytes: MAX_CATALOGUE_LOG_BYTES };
    const request = { query, idleMilliseconds: 60_000, maxLineBytes: MAX_LINE_BYTES };
    for await (const line of api.lines(logPath(pod), request)) {
      const report = readReport(line);
      if (report?.report === 'catalogueChunk' || report?.report === 'catalogueEnd') reader.add(report);
      if (reader.fault !== undefined) return { fault: reader.fault };
    }
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
  return reader.complete === undefined ? undefined : { entries: reader.complete, bytes: reader.bytes };
}

/** The results of the tables that shared the pod, from its log; undefined if they are incomplete, or if the pod no longer exists. */
export async function readResults(
  api: KubernetesApi,
  pod: PodObject,
  tables: number,
): Promise<readonly TableResult[] | undefined> {
  const reader = resultsReader(tables);
  try {
    const query = { container: RUNNER_CONTAINER, tailLines: RESULTS_TAIL_LINES, limitBytes: MAX_RESULTS_LOG_BYTES };
    const request = { query, idleMilliseconds: IDLE_MILLISECONDS, maxLineBytes: MAX_LINE_BYTES };
    for await (const line of api.lines(logPath(pod), request)) {
      const report = readReport(line);
      if (report?.report === 'resultsChunk' || report?.report === 'resultsEnd') reader.add(report);
    }
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
  return reader.complete?.length === tables ? reader.complete : undefined;
}

/** The last progress report in the log of a running load; undefined if it cannot be read at the moment. */
export async function readProgress(api: KubernetesApi, pod: PodObject): Promise<Progress | undefined> {
  let progress: Progress | undefined;
  try {
    const query = { container: RUNNER_CONTAINER, tailLines: TAIL_LINES, limitBytes: MAX_PROGRESS_LOG_BYTES };
    for await (const line of api.lines(logPath(pod), { query, idleMilliseconds: IDLE_MILLISECONDS })) {
      const report = readReport(line);
      if (report?.report === 'progress') progress = report.progress;
    }
  } catch {
    return undefined; // Not an error: the progress is read again within seconds.
  }
  return progress;
}

function logPath({ metadata }: PodObject): string {
  return pathOf(PODS, metadata.namespace, metadata.name, 'log');
}
