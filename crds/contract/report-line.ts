import { isProgress } from './report-shape.ts';
import type { CatalogueReport, Report, ResultsReport } from './report.ts';

/** Enough for a chunk with the longest entry. A longer line in the log of a tenant's pod is ignored to save memory. */
const REPORT_LENGTH = 1024 * 1024;

const LISTS: readonly unknown[] = ['catalogueChunk', 'catalogueEnd', 'resultsChunk', 'resultsEnd'];

/** The report in a line of a runner's log; undefined for any other line. */
export function readReport(line: string): Report | undefined {
  if (line.length > REPORT_LENGTH || !line.startsWith('{') || !line.includes('"report"')) return undefined;
  try {
    const { report, progress, ...more } = JSON.parse(line) as { report?: unknown; progress?: unknown };
    if (report === 'progress') return isProgress(progress) ? { report, progress } : undefined;
    return LISTS.includes(report) ? ({ report, ...more } as CatalogueReport | ResultsReport) : undefined;
  } catch {
    return undefined; // A line that the container runtime cut; the catalogue's digest reveals what is missing.
  }
}
