import type { ArchiveAction } from '../../crds/contract/task.ts';
import type { DumpStamp } from '../database/archived-dumps.ts';

/** Of a dump, so much is read at a time where its bytes are compared or copied. */
export const READ_BYTES = 1024 * 1024;

/** A dump, and how it was when its catalogue read it. */
export interface StampedDump {
  /** Below the dumps folder, with /. */
  readonly file: string;
  readonly stamp: DumpStamp;
}

/** Where the dumps of a run lie, and where they go. */
export interface DumpArchive {
  /** Why nothing may be done with a dump: it has changed since, for example. */
  whyNot(dump: StampedDump): Promise<string | undefined>;
  /**
   * Does it, or what is left of it after a crash. Returns why it cannot be done and never will be: the dump is neither where it was nor in the archive.
   * `archivedAs` is the path in the archive, empty with Delete.
   */
  carryOut(dump: StampedDump, action: ArchiveAction, archivedAs: string): Promise<string | undefined>;
}

export const CHANGED = 'it has changed since its catalogue';
export const GONE = 'it no longer exists';
