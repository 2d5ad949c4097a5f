import { isProgress } from './report-shape.ts';
import type { CatalogueReport, Report } from './report.ts';

/** A line with one chunk that holds the longest of entries; what a log of a tenant's pod has in longer ones is not worth its memory. */
const REPORT_LENGTH = 1024 * 1024;

/** The report in a line of a runner's log, or undefined where the line is none. */
export function readReport(line: string): Report | undefined {
  if (line.length > REPORT_LENGTH || !line.startsWith('{') || !line.includes('"report"')) return undefined;
  try {
    const { report, progress, ...more } = JSON.parse(line) as { report?: unknown; progress?: unknown };
    if (report === 'progress') return isProgress(progress) ? { report, progress } : undefined;
    return report === 'catalogueChunk' || report === 'catalogueEnd'
      ? ({ report, ...more } as CatalogueReport)
      : undefined;
  } catch {
    return undefined; // A line that the container runtime cut; the digest of the catalogue notices what is missing.
  }
}
