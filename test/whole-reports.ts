import { Transform, type TransformCallback } from 'node:stream';

/** A test or suite at the top has ended, in colour or not: spec's symbols for passed, failed and skipped. */
// eslint-disable-next-line no-control-regex -- a terminal gets escape sequences.
const ENDED = /^(?:\x1b\[\d+m)*[✔✖﹣]/;

/** Hands on the lines of a spec reporter by whole suites, so that those of files that run at the same time do not mix. */
export class WholeReports extends Transform {
  #suite = '';
  #line = '';

  override _transform(text: Buffer | string, _encoding: BufferEncoding, done: TransformCallback): void {
    const lines = (this.#line + text.toString()).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      this.#suite += `${line}\n`;
      if (ENDED.test(line)) this.#handOn();
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#suite += this.#line;
    this.#handOn();
    done();
  }

  #handOn(): void {
    this.push(this.#suite);
    this.#suite = '';
  }
}
