import type { Format } from '../../crds/contract/task.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import type { ByteOrderMark } from './file-encoding.ts';

/** What was read, so that the same content is known again. */
export interface DataContent {
  /** Of the unpacked bytes, and their number. */
  readonly crc32: string;
  readonly bytes: number;
  /** Of the bytes as they lie in the dump, or as they came. */
  readonly sha256: string;
}

/**
 * Called between two files of a table, when all of the one has been handed on and the other is not open yet; false ends the data there.
 * `hasDosEnd`: whether the byte 0x1A is part of its last value.
 */
export type MayGoOn = (hasDosEnd: boolean) => boolean;

/** A number of rows, and who says so: the last line of the file, MySQL Shell's `@.done.json`, or the server that has sent them. */
export interface DeclaredRows {
  readonly rows: number;
  readonly by: 'LastLine' | 'ShellDump' | 'Server';
}

/** One table's columns and records, wherever they come from: a DAT file in a dump, or the source database itself. */
export interface TableData {
  readonly schemaColumns: readonly SchemaColumn[];
  /** The task's, with what the source's own tool says of it. */
  readonly format: Format;
  /** The first line without its line end, where the format has a header. */
  readonly header: Buffer | undefined;
  /** The encoding of the byte order mark with which the data begins, whatever the manifest says. */
  readonly mark: ByteOrderMark['encoding'] | undefined;
  /** The first record, or as much of it as is there; undefined where nothing but data can be there. */
  readonly firstLine: Buffer | undefined;
  /** How many records there must be, where that is known; to be asked for after the last chunk. */
  readonly declaredRows: DeclaredRows | undefined;
  /** How many more bytes the content has than `chunks` hands on. */
  readonly excessBytes: number;
  /** What to add to a place in the data for its place in the file; undefined where the data is decoded or unpacked from the file's bytes. */
  readonly bytesBefore: number | undefined;
  /** Columns in which a byte that UTF-8 never has stands for a value that the source could not spell. */
  readonly utf8Columns?: readonly string[];
  /** About what all of it lies in: a key that has expired. */
  readonly dumpWarnings?: readonly string[];
  /** What to add to a line of the data, from 0, for the one in the file. */
  readonly linesBefore: number;
  /** The file of which `chunks` has handed on bytes last, where a table lies in several. */
  readonly file?: string;
  /** Those before the last one whose last record has no end; to be asked for after the last chunk. */
  readonly openFiles?: readonly string[];
  /** The data after the header, once, in chunks that are valid until the next. */
  chunks(mayGoOn?: MayGoOn): AsyncGenerator<Buffer>;
  /** To be asked for once, after the last chunk. */
  content(): DataContent;
  /** Throws unless what was read is proved to be what was written; to be called after the last chunk. */
  prove?(): Promise<void>;
  close(): Promise<void>;
}
