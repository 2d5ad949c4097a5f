import { literalPattern } from '../plan/literal-pattern.ts';
import type { CopyFormat } from '../plan/table-plan.ts';

/** So much of a file is inspected: what is written in a way of its own occurs often, or matters little. */
const SAMPLE_BYTES = 256 * 1024;

/** Inspects the beginning of a file while its chunks pass. */
export abstract class FileSample {
  protected readonly format: CopyFormat;
  protected sample = '';

  constructor(format: CopyFormat) {
    this.format = format;
  }

  /** The same chunks, each inspected as it passes. */
  async *watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
    for await (const chunk of chunks) {
      const left = SAMPLE_BYTES - this.sample.length;
      if (left > 0) this.sample += chunk.toString('latin1', 0, Math.min(left, chunk.length));
      yield chunk;
    }
  }

  /** What the user should know of the file, one sentence each; to be asked for after the last chunk. */
  abstract get warnings(): string[];

  /** A pattern of what ends a field. */
  protected get ends(): string {
    const { delimiter, recordTerminator } = this.format;
    const ends = [delimiter, ...(recordTerminator === '' ? ['\r\n', '\n'] : [recordTerminator])];
    return ends.map(literalPattern).join('|');
  }
}
