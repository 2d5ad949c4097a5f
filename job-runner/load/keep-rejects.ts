import { CopyStream } from '../copy/copy-stream.ts';
import type { Database } from '../database/connection.ts';
import type { KeptReject } from '../database/rejects.ts';
import { rejectsTable } from '../plan/ledger-statements.ts';

const COLUMNS = 'load_id, record, line, byte_offset, column_name, value, sqlstate, code, reason, raw';

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const CHUNK_BYTES = 1024 * 1024;
/** Of a character in UTF-8, for each unit of JavaScript's texts. */
const MAX_BYTES_OF_UNIT = 3;

/** Rejects as rows of COPY's text format: they are made while PostgreSQL copies records, and written when it waits for them. */
export class RejectRows {
  readonly #loadId: string;
  readonly #storable: (text: string) => string;
  readonly #full: Buffer[] = [];
  // Texts would be copied by each collection of garbage until they are written: 30 to 46 ms each time, and 100 MB more of memory.
  #chunk = Buffer.alloc(0);
  #used = 0;
  #count = 0;
  #bytes = 0;

  /** `storable` is that of the database. */
  constructor(loadId: string, storable: (text: string) => string) {
    this.#loadId = loadId;
    this.#storable = storable;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(reject: KeptReject): void {
    const row = this.#rowOf(reject);
    const atMost = row.length * MAX_BYTES_OF_UNIT;
    const needed = atMost > CHUNK_BYTES ? Buffer.byteLength(row) : atMost;
    if (this.#used + needed > this.#chunk.length) this.#begin(needed);
    const written = this.#chunk.write(row, this.#used);
    this.#used += written;
    this.#bytes += written;
    this.#count++;
  }

  /**
   * Writes them within the load's transaction; those that are added meanwhile are for the next time. By COPY: as parameters of an INSERT 100,000 rejects
   * took the client three times as long, and as long as the load itself (bench/rejects.ts).
   */
  async keep(db: Database, ledgerSchema: string): Promise<void> {
    if (this.#count === 0) return;
    const chunks = [...this.#full.splice(0), this.#chunk.subarray(0, this.#used)];
    [this.#chunk, this.#used, this.#count, this.#bytes] = [Buffer.alloc(0), 0, 0, 0];
    const copy = new CopyStream(
      db,
      `COPY ${rejectsTable(ledgerSchema)} (${COLUMNS}) FROM STDIN WITH (ENCODING 'UTF8')`,
    );
    try {
      for (const chunk of chunks) await copy.write(chunk);
      await copy.finish();
    } catch (error) {
      await copy.abort(error as Error);
      throw error;
    }
  }

  #begin(needed: number): void {
    if (this.#used > 0) this.#full.push(this.#chunk.subarray(0, this.#used));
    [this.#chunk, this.#used] = [Buffer.allocUnsafe(Math.max(needed, CHUNK_BYTES)), 0];
  }

  #rowOf({ record, line, byteOffset, column, value, sqlState, code, reason, raw }: KeptReject): string {
    const shown = value === undefined ? undefined : this.#storable(value);
    const place = `${this.#loadId}\t${record}\t${line}\t${byteOffset ?? '\\N'}\t${textOf(column)}\t${textOf(shown)}`;
    return `${place}\t${sqlState ?? '\\N'}\t${code}\t${textOf(this.#storable(reason))}\t\\\\x${raw.toString('hex')}\n`;
  }
}

function textOf(value: string | undefined): string {
  if (value === undefined) return '\\N';
  return /[\\\t\n\r]/.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPED[character] ?? '') : value;
}
