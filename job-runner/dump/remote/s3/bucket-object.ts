import { DataError } from '../../../../crds/contract/errors.ts';
import type { ObjectIdentity } from '../../../../crds/contract/object-identity.ts';
import { conditionsOf, identityOf, objectIdentity } from '../object-identity.ts';
import type { RemoteObject } from '../remote-reader.ts';
import { retrying } from '../retry.ts';
import type { BucketClient } from './bucket-client.ts';
import { encodeKey } from './endpoint.ts';

/** An object of a bucket, to be read by ranges. `file` is how messages call it. */
export function bucketObject(
  client: BucketClient,
  key: string,
  known: RemoteObject['known'],
  file: string,
): RemoteObject {
  return {
    file,
    known,
    open: async ({ first, last }, identity) => {
      const headers = { Range: `bytes=${first}-${last}`, ...conditionsOf(identity) };
      const response = await client.send({ path: encodeKey(key), headers, file, isListing: false });
      try {
        return { ...identityOf(response, { first, last }, file), body: response.body };
      } catch (error) {
        response.body.close();
        throw error;
      }
    },
  };
}

/** The object as it is now; undefined where there is none of this key. */
export async function findBucketObject(
  client: BucketClient,
  key: string,
  file: string,
): Promise<ObjectIdentity | undefined> {
  try {
    return await retrying(
      async () => {
        const response = await client.send({ method: 'HEAD', path: encodeKey(key), file, isListing: false });
        response.body.close();
        return objectIdentity(Number(response.header('content-length')), response.header, file);
      },
      { file },
    );
  } catch (error) {
    if (error instanceof DataError && error.code === 'DumpMissing') return undefined;
    throw error;
  }
}
