import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { shorten } from './errors.ts';
import type { CatalogueReport, ResultsReport } from './report.ts';

/** The limits of a list: the log of a tenant's pod is not trusted, and a few KB of gzip may become a GB of objects. */
export interface ListBounds {
  readonly entries: number;
  /** Of the text of all attempts together. */
  readonly bytes: number;
  /** Of one entry's text. */
  readonly entryLength: number;
  /** Checked for each entry before the next one takes memory. */
  readonly isEntry: (value: unknown) => boolean;
  /** What an entry is to become, and which setting limits their number, for messages. */
  readonly becomes: string;
  readonly limitedBy: string;
}

/** A chunk is closed by the entry that makes it long enough (`CHUNK_BYTES` in list-writer.ts); characters have up to 3 bytes. */
const MAX_CHUNK_BYTES = 1024 * 1024;

/**
 * Assembles a list from a runner's reports; `complete` is undefined until a complete and intact one was read. If an intact one cannot be
 * used, `fault` says why: reading it again would find the same, so the rest of this attempt is ignored.
 */
export class ListReader<Entry> {
  readonly #bounds: ListBounds;
  #entries: Entry[] = [];
  #hash = createHash('sha256');
  #chunks = 0;
  #bytes = 0;
  complete: readonly Entry[] | undefined;
  fault: string | undefined;

  constructor(bounds: ListBounds) {
    this.#bounds = bounds;
  }

  /** Of the text so far. */
  get bytes(): number {
    return this.#bytes;
  }

  add(report: CatalogueReport | ResultsReport): void {
    if ('gzip' in report) {
      if (report.sequence === 0) this.#restart();
      if (report.sequence === this.#chunks && this.fault === undefined) this.#addChunk(report);
    } else if (this.fault === undefined) {
      const whole = report.entries === this.#entries.length && report.sha256 === this.#hash.digest('hex');
      this.complete = whole ? this.#entries : undefined;
      this.#restart();
    }
  }

  /** An unreadable chunk counts as missing: the next ones do not follow on it, and the digest differs. */
  #addChunk({ gzip }: { readonly gzip: string }): void {
    const text = unpack(gzip);
    if (text === undefined) return;
    this.#bytes += text.length;
    if (this.#bytes > this.#bounds.bytes) {
      this.#giveUp(`it exceeds ${this.#bounds.bytes} bytes, the limit for the operator's memory`);
      return;
    }
    for (const line of text.toString().trimEnd().split('\n')) {
      if (!this.#addEntry(line)) return;
    }
    this.#hash.update(text);
    this.#chunks++;
  }

  /** False if it cannot be used. */
  #addEntry(line: string): boolean {
    const { entries, isEntry, entryLength, becomes, limitedBy } = this.#bounds;
    if (this.#entries.length === entries) return this.#giveUp(`it has more than ${entries} entries (${limitedBy})`);
    const entry = line.length > entryLength ? undefined : parse(line);
    if (entry === undefined || !isEntry(entry))
      return this.#giveUp(`entry ${this.#entries.length + 1} cannot become ${becomes}: ${shorten(line)}`);
    this.#entries.push(entry as Entry);
    return true;
  }

  #giveUp(reason: string): false {
    this.#restart();
    this.fault = reason;
    return false;
  }

  /** Keeps the number of bytes: otherwise an endless log of restarts would be read endlessly. */
  #restart(): void {
    this.#entries = [];
    this.#hash = createHash('sha256');
    this.#chunks = 0;
    this.fault = undefined;
  }
}

function unpack(gzip: string): Buffer | undefined {
  try {
    return gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: MAX_CHUNK_BYTES });
  } catch {
    return undefined;
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
