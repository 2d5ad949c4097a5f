import type { Progress, ProgressReport, ReadTable } from '../../crds/contract/report.ts';
import { LoadProgress, REPORT_MILLISECONDS } from './progress.ts';

/** The progress of tables that are loaded one after the other. A table that takes less than the time between two reports may never be the current one. */
export class BatchProgress {
  readonly #report: (report: ProgressReport) => void;
  readonly #read = new Map<number, ReadTable>();
  #reported = performance.now();
  #last: Progress | undefined;

  constructor(report: (report: ProgressReport) => void) {
    this.#report = report;
  }

  /** That of one table, by its position among the task's, from now on. */
  begin(table: number, compressedBytes: number): LoadProgress {
    this.#last = undefined;
    return new LoadProgress(compressedBytes, ({ progress }) => {
      this.#last = progress;
      if (performance.now() - this.#reported < REPORT_MILLISECONDS) return;
      this.#reported = performance.now();
      const read = [...this.#read.values()].filter((each) => each.table !== table);
      this.#report({ report: 'progress', progress: { ...progress, tables: { current: table, read } } });
    });
  }

  /** It is loaded as far as it can be before the others are. */
  end(table: number): void {
    if (this.#last === undefined) return;
    const { rows, bytes, totalCompressedBytes, seconds } = this.#last;
    this.#read.set(table, { table, rows, bytes, compressedBytes: totalCompressedBytes, seconds });
  }
}
