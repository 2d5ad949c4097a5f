import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { shorten } from './errors.ts';
import type { TableIngestionSpec } from './generated.ts';
import type { CatalogueChunkReport, CatalogueReport } from './report.ts';

/** What is taken of a catalogue at most: a log of a tenant's pod is not to be trusted, and a few KB of gzip may be a GB of objects. */
export interface CatalogueBounds {
  /** `spec.limits.maxTables` of the run. */
  readonly entries: number;
  /** The text of all attempts together. */
  readonly bytes: number;
  /** Whether a TableIngestion can be made of a value; each is asked for at once, before the next one takes memory. */
  readonly isEntry: (value: unknown) => boolean;
}

/** For a runner of one's own, on this machine: the most that `spec.limits.maxTables` may be, and no doubt about its entries. */
const OWN_RUNNER: CatalogueBounds = { entries: 100_000, bytes: 256 * 1024 * 1024, isEntry: () => true };

/** The longest entry: its fields at the lengths that the CRD allows are 34,000 characters, and JSON may write one as `\u0000`. */
const ENTRY_LENGTH = 256 * 1024;
/** A chunk has one entry more than is needed to close it (`CHUNK_BYTES` in report.ts), in characters of up to 3 bytes. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Puts a catalogue together again from a runner's reports; `complete` is undefined until a whole, unharmed one was seen. Where it comes
 * unharmed and cannot be taken all the same, `fault` says why: another reading would find the same, so nothing more of this attempt is read.
 */
export class CatalogueReader {
  readonly #bounds: CatalogueBounds;
  #entries: TableIngestionSpec[] = [];
  #hash = createHash('sha256');
  #chunks = 0;
  #bytes = 0;
  complete: readonly TableIngestionSpec[] | undefined;
  fault: string | undefined;

  constructor(bounds: CatalogueBounds = OWN_RUNNER) {
    this.#bounds = bounds;
  }

  /** How much text there was. */
  get bytes(): number {
    return this.#bytes;
  }

  add(report: CatalogueReport): void {
    if (report.report === 'catalogueChunk') {
      if (report.sequence === 0) this.#restart();
      if (report.sequence === this.#chunks && this.fault === undefined) this.#addChunk(report);
    } else if (this.fault === undefined) {
      const whole = report.entries === this.#entries.length && report.sha256 === this.#hash.digest('hex');
      this.complete = whole ? this.#entries : undefined;
      this.#restart();
    }
  }

  /** One that cannot be read is missing: the next ones do not follow on it, and the digest differs. */
  #addChunk({ gzip }: CatalogueChunkReport): void {
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

  /** False where it is none. */
  #addEntry(line: string): boolean {
    const { entries, isEntry } = this.#bounds;
    if (this.#entries.length === entries)
      return this.#giveUp(`it has more than ${entries} entries (spec.limits.maxTables)`);
    const entry = line.length > ENTRY_LENGTH ? undefined : parse(line);
    if (entry === undefined || !isEntry(entry))
      return this.#giveUp(`entry ${this.#entries.length + 1} cannot become a TableIngestion: ${shorten(line)}`);
    this.#entries.push(entry as TableIngestionSpec);
    return true;
  }

  #giveUp(why: string): false {
    this.#restart();
    this.fault = why;
    return false;
  }

  /** All but the bytes, which a log could have read without end otherwise. */
  #restart(): void {
    this.#entries = [];
    this.#hash = createHash('sha256');
    this.#chunks = 0;
    this.fault = undefined;
  }
}

function unpack(gzip: string): Buffer | undefined {
  try {
    return gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: CHUNK_BYTES });
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
