import type { LoadStep, ProgressReport } from '../../crds/contract/report.ts';

export const REPORT_MILLISECONDS = 1000;

/** The progress of a load. Reports each new step, and within a step at most once per second. */
export class LoadProgress {
  readonly #totalCompressedBytes: number;
  readonly #report: (report: ProgressReport) => void;
  #step: LoadStep = 'plan';
  #stepStart = performance.now();
  #reported = -Infinity;
  #compressedBytes = 0;
  #rows = 0;
  #bytes = 0;

  constructor(totalCompressedBytes: number, report: (report: ProgressReport) => void) {
    this.#totalCompressedBytes = totalCompressedBytes;
    this.#report = report;
  }

  enter(step: LoadStep): void {
    this.#step = step;
    this.#stepStart = performance.now();
    this.#send();
  }

  /** Compressed bytes of the ZIP entry that were read so far. */
  read(compressedBytes: number): void {
    this.#compressedBytes = compressedBytes;
  }

  copied(rows: number, bytes: number): void {
    this.#rows = rows;
    this.#bytes = bytes;
    if (performance.now() - this.#reported >= REPORT_MILLISECONDS) this.#send();
  }

  #send(): void {
    this.#reported = performance.now();
    this.#report({
      report: 'progress',
      progress: {
        step: this.#step,
        rows: this.#rows,
        bytes: this.#bytes,
        compressedBytes: this.#compressedBytes,
        totalCompressedBytes: this.#totalCompressedBytes,
        seconds: Math.round(this.#reported - this.#stepStart) / 1000,
      },
    });
  }
}
