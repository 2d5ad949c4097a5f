import { createHash } from 'node:crypto';
import { DataError, TransientError } from '../../crds/contract/errors.ts';
import type { ObjectIdentity } from '../../crds/contract/object-identity.ts';
import type { ArchiveAction, ArchiveTask, S3Source } from '../../crds/contract/task.ts';
import { refuseChanged } from '../dump/remote/object-identity.ts';
import { RemoteReader } from '../dump/remote/remote-reader.ts';
import { bucketObject, findBucketObject } from '../dump/remote/s3/bucket-object.ts';
import type { BucketClient } from '../dump/remote/s3/bucket-client.ts';
import { folderPrefix } from '../dump/remote/s3/endpoint.ts';
import { openBucket } from '../dump/remote/s3/open-bucket.ts';
import { archiveIsSource, archiveTaken } from './archive-error.ts';
import { copyObject, deleteObject, MAX_COPY_BYTES } from './bucket-copy.ts';
import { CHANGED, GONE, READ_BYTES, type DumpArchive, type StampedDump } from './dump-archive.ts';

/** The archive of dumps that lie in a bucket: another prefix of it. */
export class BucketArchive implements DumpArchive {
  readonly #client: BucketClient;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #path: string;
  readonly #partBytes: number;

  private constructor(client: BucketClient, { bucket, prefix }: S3Source, path: string, partBytes: number) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = folderPrefix(prefix);
    this.#path = folderPrefix(path);
    this.#partBytes = partBytes;
  }

  static async open(
    source: S3Source,
    { path, remote }: Pick<ArchiveTask, 'path' | 'remote'>,
    partBytes = MAX_COPY_BYTES,
  ): Promise<BucketArchive> {
    return new BucketArchive(await openBucket(source, remote?.secretsFolder), source, path, partBytes);
  }

  async whyNot({ file, stamp }: StampedDump): Promise<string | undefined> {
    const found = await findBucketObject(this.#client, this.#prefix + file, file);
    if (found === undefined) return GONE;
    return isSame(stamp, found, file) ? undefined : CHANGED;
  }

  async carryOut(dump: StampedDump, action: ArchiveAction, archivedAs: string): Promise<string | undefined> {
    const { file, stamp } = dump;
    const key = this.#prefix + file;
    const found = await findBucketObject(this.#client, key, file);
    if (action === 'Delete') {
      if (found === undefined) return undefined;
      if (!isSame(stamp, found, file)) return CHANGED;
      await deleteObject(this.#client, key, file);
      return undefined;
    }
    const to = this.#path + archivedAs;
    if (to === key) throw archiveIsSource(file);
    if (found === undefined) {
      const there = await findBucketObject(this.#client, to, file);
      return action === 'Move' && there?.bytes === stamp['bytes'] ? undefined : GONE;
    }
    if (!isSame(stamp, found, file)) return CHANGED;
    await this.#copy({ key, found, to, file, archivedAs });
    if (action === 'Copy') return undefined;
    if ((await this.whyNot(dump)) !== undefined)
      throw new DataError('DumpChanged', 'it was changed while it was copied to the archive', { file });
    await deleteObject(this.#client, key, file);
    return undefined;
  }

  async #copy({ key, found, to, file, archivedAs }: CopyPlan): Promise<void> {
    const there = await findBucketObject(this.#client, to, file);
    if (there !== undefined) {
      if (await this.#haveSameContent([key, found], [to, there], file)) return;
      throw archiveTaken(file, archivedAs);
    }
    const copy = { bucket: this.#bucket, from: key, to, identity: found, file };
    const message = 'its copy in the archive has other bytes: look at it and remove it';
    const problem = await copyObject(this.#client, copy, this.#partBytes).then(
      () => new TransientError('ArchiveDiffers', message, { file }),
      (error: unknown) => error,
    );
    // Also after an error: where only the answer to the last request was lost, it cannot be repeated, and the copy is there.
    const copied = await findBucketObject(this.#client, to, file);
    if (copied === undefined || !(await this.#haveSameContent([key, found], [to, copied], file))) throw problem;
  }

  /** Equal ETags stand for equal bytes; where they differ, as after a copy in parts, both are read. */
  async #haveSameContent(one: KnownObject, other: KnownObject, file: string): Promise<boolean> {
    if (one[1].bytes !== other[1].bytes) return false;
    if (isMd5(one[1].etag) && one[1].etag === other[1].etag) return true;
    return (await this.#hash(one, file)) === (await this.#hash(other, file));
  }

  async #hash([key, known]: KnownObject, file: string): Promise<string> {
    const hash = createHash('sha256');
    const reader = new RemoteReader(bucketObject(this.#client, key, known, file));
    try {
      const sequence = reader.openSequence(0, known.bytes);
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      for (let left = known.bytes; left > 0;) {
        const read = await sequence.read(chunk.subarray(0, Math.min(left, chunk.length)));
        if (read === 0)
          throw new TransientError('ArchiveDiffers', 'the bucket sends less than the object has', { file });
        hash.update(chunk.subarray(0, read));
        left -= read;
      }
      sequence.close();
    } finally {
      await reader.close();
    }
    return hash.digest('hex');
  }
}

type KnownObject = readonly [key: string, identity: ObjectIdentity];

interface CopyPlan {
  readonly key: string;
  readonly found: ObjectIdentity;
  readonly to: string;
  readonly file: string;
  readonly archivedAs: string;
}

/** That of an object that was written at once, without encryption by a key of its own. A gateway may keep one that is older than the content. */
function isMd5(etag: string | undefined): boolean {
  return etag !== undefined && /^"[0-9a-f]{32}"$/.test(etag);
}

function isSame(stamp: StampedDump['stamp'], found: ObjectIdentity, file: string): boolean {
  try {
    refuseChanged(stamp, found, file);
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
