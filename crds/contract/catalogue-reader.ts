import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { shorten } from './errors.ts';
import type { TableIngestionSpec } from './generated.ts';
import type { CatalogueChunkReport, CatalogueReport } from './report.ts';

/** The limits of a catalogue: the log of a tenant's pod is not trusted, and a few KB of gzip may become a GB of objects. */
export interface CatalogueBounds {
  /** `spec.limits.maxTables` of the run. */
  readonly entries: number;
  /** Of the text of all attempts together. */
  readonly bytes: number;
  /** Whether a TableIngestion can be created from a value; checked for each entry before the next one takes memory. */
  readonly isEntry: (value: unknown) => boolean;
}

/** For our own runner on this machine: the maximum of `spec.limits.maxTables`, and its entries are trusted. */
const OWN_RUNNER: CatalogueBounds = { entries: 100_000, bytes: 256 * 1024 * 1024, isEntry: () => true };

/** An entry whose fields have the lengths that the CRD allows has 34,000 characters, each of which JSON may write as `\u0000`. */
const ENTRY_LENGTH = 256 * 1024;
/** A chunk is closed by the entry that makes it long enough (`CATALOGUE_CHUNK_BYTES` in catalogue-writer.ts); characters have up to 3 bytes. */
const MAX_CATALOGUE_CHUNK_BYTES = 1024 * 1024;

/**
 * Assembles a catalogue from a runner's reports; `complete` is undefined until a complete and intact one was read. If an intact one cannot be
 * used, `fault` says why: reading it again would find the same, so the rest of this attempt is ignored.
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

  /** Of the text so far. */
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

  /** An unreadable chunk counts as missing: the next ones do not follow on it, and the digest differs. */
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

  /** False if it cannot be used. */
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
    return gunzipSync(Buffer.from(gzip, 'base64'), { maxOutputLength: MAX_CATALOGUE_CHUNK_BYTES });
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
