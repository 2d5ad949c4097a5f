import type { Failure } from '../../crds/contract/errors.ts';
import type { ObjectIdentity } from '../../crds/contract/object-identity.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import type { ArchiveEntry } from '../dump/archive.ts';
import type { FileStamp } from '../dump/file-stamp.ts';
import type { DatEntry } from '../dump/table-chunks.ts';

/** A dump by what its path says. */
export interface Dump {
  readonly file: string;
  readonly app?: string;
  /** Empty where the name does not match the pattern. */
  readonly version: string;
  readonly dialect: string;
  /** As it was read in a bucket or from a server: loads read no other one. */
  readonly object?: ObjectIdentity;
}

/** A file of a dump, or what a source database has in its place: the columns of a table. */
export interface FoundFile extends Pick<ArchiveEntry, 'name' | 'bytes'> {
  /** See `Archive.identify`. */
  readonly crc32: string;
}

/** A DAT file, or a table of a source database with estimates: its content is not known before it is read. */
export interface FoundData extends Omit<FoundFile, 'crc32'> {
  readonly compressedBytes: number;
  readonly crc32?: string;
  readonly chunks?: DatEntry['chunks'];
  readonly rows?: number;
}

/** One (dump, table) pair as it was found. */
export interface DumpTable {
  readonly dump: Dump;
  /** In lower case; `*` where the failure is the whole dump's. */
  readonly table: string;
  readonly dat?: FoundData;
  readonly schemaFile?: FoundFile;
  /** Empty where there is a failure. */
  readonly columns: readonly SchemaColumn[];
  readonly failure?: Failure;
  /** Why it is not loaded, though nothing is wrong with it. */
  readonly skipped?: string;
  /** Of the dump's file as it was before it was read; only where it is to be archived. */
  readonly stamp?: FileStamp;
  /** Another dump that holds the same bytes, and is loaded in place of this one; `isLink`: they are one file. */
  readonly duplicate?: { readonly file: string; readonly isLink: boolean };
}
