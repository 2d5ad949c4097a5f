/**
 * The ends of records, exactly as COPY's csv mode finds them (CopyReadLineText in PostgreSQL's copyfromparse.c): a
 * quote toggles wherever it is; an escape that is not the quote has a meaning only within quotes, where it escapes the
 * next character; a line feed outside quotes ends a record. It works on bytes, so the encoding must be one in which
 * every ASCII byte is that character.
 */
export interface RecordRules {
  /** The byte that quotes, or -1. */
  readonly quote: number;
  /** The byte that escapes; the quote itself if quotes are doubled. */
  readonly escape: number;
}

export const LINE_FEED = 0x0a;

export class RecordScanner {
  /** Records that ended so far. */
  records = 0;
  /** Line feeds so far, those within quotes included. */
  lines = 0;
  readonly #rules: RecordRules;
  #inQuotes = false;
  #escaped = false;

  constructor(rules: RecordRules) {
    this.#rules = rules;
  }

  /** Whether the last byte is within quotes. */
  get inQuotes(): boolean {
    return this.#inQuotes;
  }

  /** Takes the next bytes; returns the offset after the last record that ends in them, or 0. */
  scan(chunk: Uint8Array): number {
    const { quote, escape } = this.#rules;
    return quote === escape || quote === -1 ? this.#scanToggles(chunk, quote) : this.#scanEscapes(chunk, quote, escape);
  }

  #scanToggles(chunk: Uint8Array, quote: number): number {
    let boundary = 0;
    let records = 0;
    let lines = 0;
    let inQuotes = this.#inQuotes ? 1 : 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (byte === quote) inQuotes ^= 1;
      else if (byte === LINE_FEED) {
        lines++;
        if (inQuotes === 0) {
          records++;
          boundary = index + 1;
        }
      }
    }
    this.#inQuotes = inQuotes === 1;
    this.records += records;
    this.lines += lines;
    return boundary;
  }

  #scanEscapes(chunk: Uint8Array, quote: number, escape: number): number {
    let boundary = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (this.#inQuotes && byte === escape) {
        this.#escaped = !this.#escaped;
        continue;
      }
      if (byte === quote && !this.#escaped) this.#inQuotes = !this.#inQuotes;
      this.#escaped = false;
      if (byte !== LINE_FEED) continue;
      this.lines++;
      if (!this.#inQuotes) {
        this.records++;
        boundary = index + 1;
      }
    }
    return boundary;
  }
}
