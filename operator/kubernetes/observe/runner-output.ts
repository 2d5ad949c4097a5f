import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { CatalogueReader, type CatalogueBounds } from '../../../crds/contract/catalogue-reader.ts';
import { readReport } from '../../../crds/contract/report-line.ts';
import type { Progress } from '../../../crds/contract/report.ts';
import { RUNNER_CONTAINER } from '../../build/job.ts';
import { hasStatus, type KubernetesApi } from '../client/api.ts';
import { pathOf, type PodObject } from '../client/objects.ts';
import { PODS } from '../client/resources.ts';

/** Enough for the last progress report among other lines. */
const TAIL_LINES = 20;
const IDLE_MILLISECONDS = 5_000;
/** What pods of a tenant's namespace say is not trusted to be short. A catalogue of 100,000 tables takes 8 MiB, in lines of 16 KiB. */
const PROGRESS_BYTES = 256 * 1024;
const CATALOGUE_BYTES = 64 * 1024 * 1024;
const LONGEST_LINE = 1024 * 1024;

/** A catalogue that was read, and how much text it was; or why none can be taken although it came whole. */
export type CatalogueReading =
  { readonly entries: readonly TableIngestionSpec[]; readonly bytes: number } | { readonly fault: string };

export type ReadingBounds = Pick<CatalogueBounds, 'entries' | 'bytes'>;

/** The catalogue in the log of the pod that made it; undefined where it is not whole, none at all, or the pod is gone. */
export async function readCatalogue(
  api: KubernetesApi,
  pod: PodObject,
  bounds: ReadingBounds,
): Promise<CatalogueReading | undefined> {
  const reader = new CatalogueReader({ ...bounds, isEntry: isTableIngestionSpec });
  try {
    const query = { container: RUNNER_CONTAINER, limitBytes: CATALOGUE_BYTES };
    for await (const line of api.lines(logPath(pod), { query, idleMilliseconds: 60_000, longestLine: LONGEST_LINE })) {
      const report = readReport(line);
      if (report !== undefined && report.report !== 'progress') reader.add(report);
      if (reader.fault !== undefined) return { fault: reader.fault };
    }
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
  return reader.complete === undefined ? undefined : { entries: reader.complete, bytes: reader.bytes };
}

/** How far a running load is, by the last report in its log; undefined where it cannot be read just now. */
export async function readProgress(api: KubernetesApi, pod: PodObject): Promise<Progress | undefined> {
  let progress: Progress | undefined;
  try {
    const query = { container: RUNNER_CONTAINER, tailLines: TAIL_LINES, limitBytes: PROGRESS_BYTES };
    for await (const line of api.lines(logPath(pod), { query, idleMilliseconds: IDLE_MILLISECONDS })) {
      const report = readReport(line);
      if (report?.report === 'progress') progress = report.progress;
    }
  } catch {
    return undefined; // A number in a status is not worth an error; the next reading is seconds away.
  }
  return progress;
}

function logPath({ metadata }: PodObject): string {
  return pathOf(PODS, metadata.namespace, metadata.name, 'log');
}
