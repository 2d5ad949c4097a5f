import type { ObjectIdentity } from '../../crds/contract/object-identity.ts';
import type { Source } from '../../crds/contract/task.ts';
import type { DumpReader } from './dump-reader.ts';
import type { FoundDump } from './found-dump.ts';
import type { ZipEncryption } from './zip-password.ts';

/** Which of the files are dumps. */
export type DumpGlobs = Pick<Source, 'include' | 'exclude'>;

/** Where the dumps of a run lie: a folder, a bucket, a server. Nothing else about a dump depends on that. */
export interface DumpSource {
  /** How messages call it. */
  readonly location: string;
  /** Of entries that a ZIP itself encrypts. */
  readonly zipPassword?: ZipEncryption['password'];
  /** Every dump, sorted by path. */
  list(globs: DumpGlobs): Promise<readonly FoundDump[]>;
  /** Opens a dump of the list; with what the catalogue pinned it must be the same object. */
  open(file: string, pinned?: ObjectIdentity): Promise<DumpReader>;
}
