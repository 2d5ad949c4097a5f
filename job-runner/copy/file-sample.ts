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

  /** The fields that begin with no quote. A delimiter or a line end within quotes, or behind an escape, ends none. */
  protected *unquotedFields(): Generator<string, void, void> {
    const { delimiter, backslash } = this.format;
    const plain = backslash === 'IsData' ? '[^]*?' : String.raw`(?:\\[^]|[^\\])*?`;
    const field = [...this.#quoted, `(${plain})(?=${this.ends})`].join('|');
    for (const [, found] of `${delimiter}${this.sample}`.matchAll(new RegExp(`(?:${this.ends})(?:${field})`, 'g')))
      if (found !== undefined) yield found;
  }

  /** A pattern of a quoted field. The sample may cut off the last one. */
  get #quoted(): string[] {
    const { quote, escape } = this.format;
    if (quote === '') return [];
    const [mark, other] = [quote, escape === quote ? '' : escape].map(literalPattern);
    const plain = `[^${mark}${other}]*`;
    const pairs = [`${mark}${mark}`, ...(other === '' ? [] : [`${other}[^]`])].join('|');
    return [`${mark}${plain}(?:(?:${pairs})${plain})*(?:${mark}(?=${this.ends})|$)`];
  }
}
