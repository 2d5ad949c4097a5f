import { DataError, ManifestError, shorten } from '../../../../crds/contract/errors.ts';
import type { S3Source } from '../../../../crds/contract/task.ts';
import type { DumpSource } from '../../dump-source.ts';
import { boundedPath, dumpMatcher, MAX_FILES, noDumps, sortDumps, type FoundDump } from '../../found-dump.ts';
import { RemoteReader } from '../remote-reader.ts';
import type { BucketClient } from './bucket-client.ts';
import { bucketObject } from './bucket-object.ts';
import { folderPrefix, isSafeKey } from './endpoint.ts';
import { listingQuery, readListing, type ListedObject } from './listing.ts';
import { openBucket } from './open-bucket.ts';

/** The longest key of S3. */
const MAX_KEY_BYTES = 1024;

/** The dumps below a prefix of a bucket. */
export async function bucketSource(spec: S3Source, secretsFolder: string | undefined): Promise<DumpSource> {
  const { bucket } = spec;
  const prefix = folderPrefix(spec.prefix);
  const client = await openBucket(spec, secretsFolder);
  const listed = new Map<string, ListedObject>();
  const location = `s3://${bucket}/${prefix}`;
  return {
    location,
    list: async (globs) => {
      listed.clear();
      const isDump = dumpMatcher(globs);
      const found: FoundDump[] = [];
      let seen = 0;
      for await (const object of listObjects(client, prefix, location)) {
        if (++seen > MAX_FILES) throw tooMuchToSearch(location);
        const file = object.key.slice(prefix.length);
        // A key that ends with / stands for a folder.
        if (file === '' || file.endsWith('/') || !isDump(file)) continue;
        listed.set(file, object);
        found.push(toFoundDump(file, object));
      }
      if (found.length === 0) throw noDumps(location, globs, 's3.prefix');
      return sortDumps(found);
    },
    open: async (file, pinned) => {
      const key = prefix + file;
      if (!isSafeKey(key)) throw unsafeKey(file);
      const known = pinned ?? listed.get(file)?.identity ?? (await findObject(client, key, file));
      return new RemoteReader(bucketObject(client, key, known, file));
    },
  };
}

async function* listObjects(client: BucketClient, prefix: string, location: string): AsyncGenerator<ListedObject> {
  for (let token: string | undefined; ;) {
    const page = readListing(await client.list(listingQuery(prefix, token), location));
    if (typeof page === 'string') throw badListing(page, location);
    yield* page.objects;
    if (page.next === undefined) return;
    if (page.next === token) throw badListing('its next page is the same one', location);
    token = page.next;
  }
}

/** One object of a known name, of which nothing is pinned: the ZIP that `motherload sniff` is given. */
async function findObject(client: BucketClient, key: string, file: string): Promise<ListedObject['identity']> {
  for await (const object of listObjects(client, key, file)) {
    if (object.key === key) return object.identity;
    break;
  }
  throw new DataError('DumpMissing', 'the bucket has no object of this name: check it', { file });
}

function toFoundDump(file: string, { key }: ListedObject): FoundDump {
  const found = { file: boundedPath(file), isLink: false };
  return isSafeKey(key) && Buffer.byteLength(key) <= MAX_KEY_BYTES ? found : { ...found, problem: unsafeKey(file) };
}

function unsafeKey(file: string): DataError {
  const message = `its key has a part . or .., or is longer than ${MAX_KEY_BYTES} bytes: copy the object to another key`;
  return new DataError('DumpKeyUnsafe', message, { file: shorten(file) });
}

function tooMuchToSearch(location: string): ManifestError {
  const message = `there are more than ${MAX_FILES} objects to search: set spec.source.s3.prefix to the folder of the dumps`;
  return new ManifestError('TooMuchToSearch', message, { file: location });
}

function badListing(problem: string, location: string): ManifestError {
  const message = `the bucket's listing is not one of S3 (${shorten(problem)}): check spec.source.s3.endpoint`;
  return new ManifestError('SourceRefused', message, { file: location });
}
