import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Location } from '../../crds/contract/errors.ts';
import type { Format, LoadTask } from '../../crds/contract/task.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { hexadecimal } from './read-entry.ts';
import { changedColumns, RowTooLong } from './source-errors.ts';
import { fingerprintOf, schemaColumnsOf, type SourceColumn } from './source-table.ts';
import type { DataContent, DeclaredRows, TableData } from './table-data.ts';
import { locationOf } from './table-location.ts';

/** What a SELECT came to. */
export interface ReadRows {
  readonly rows: number;
}

/** What a table of a source database is read with. */
export interface SourceReading {
  readonly task: LoadTask;
  /** As they were when it was opened. */
  readonly columns: readonly SourceColumn[];
  readonly warnings: readonly string[];
  readonly onBytes: ((bytes: number) => void) | undefined;
}

/** A table of a source database, whichever server it is: it has no file, and its content is known behind its last row. */
export abstract class SourceData implements TableData {
  readonly schemaColumns: readonly SchemaColumn[];
  readonly format: Format;
  readonly header = undefined;
  readonly mark = undefined;
  readonly firstLine = undefined;
  readonly excessBytes = 0;
  readonly bytesBefore = 0;
  readonly linesBefore = 0;
  readonly dumpWarnings: readonly string[];
  readonly #columns: readonly SourceColumn[];
  readonly #location: Location;
  readonly #onBytes: SourceReading['onBytes'];
  readonly #hash = createHash('sha256');
  #crc32 = 0;
  #bytes = 0;
  #rows: number | undefined;

  constructor({ task, columns, warnings, onBytes }: SourceReading) {
    this.#columns = columns;
    this.#location = locationOf(task);
    this.#onBytes = onBytes;
    this.format = task.format;
    this.schemaColumns = schemaColumnsOf(columns, this.#location);
    this.dumpWarnings = warnings;
  }

  /** As the server has sent them. */
  get declaredRows(): DeclaredRows | undefined {
    return this.#rows === undefined ? undefined : { rows: this.#rows, by: 'Server' };
  }

  content(): DataContent {
    return { crc32: hexadecimal(this.#crc32), bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  abstract chunks(): AsyncGenerator<Buffer>;
  abstract close(): Promise<void>;

  /** Hands on the chunks of all rows, once, and ends the reading with whoever reads. */
  protected async *take(rows: AsyncGenerator<Buffer, ReadRows>): AsyncGenerator<Buffer, void> {
    try {
      for (;;) {
        const next = await rows.next();
        if (next.done === true) {
          this.#rows = next.value.rows;
          return;
        }
        this.#hash.update(next.value);
        this.#crc32 = crc32(next.value, this.#crc32);
        this.#bytes += next.value.length;
        this.#onBytes?.(this.#bytes);
        yield next.value;
      }
    } finally {
      await rows.return({ rows: 0 });
    }
  }

  /** Throws where the columns that the server shows behind the last row are not those that were read. */
  protected refuseChanged(columnsNow: readonly SourceColumn[]): void {
    if (fingerprintOf(columnsNow).crc32 !== fingerprintOf(this.#columns).crc32) throw changedColumns(this.#location);
  }

  /** An error of the reading as one of ours, by what the driver makes of it. */
  protected describe(error: unknown, toSourceError: (error: unknown, location: Location) => unknown): unknown {
    return error instanceof RowTooLong ? error.toDataError(this.#location) : toSourceError(error, this.#location);
  }
}
