import { TransientError } from '../../crds/contract/errors.ts';
import type { ObjectIdentity } from '../../crds/contract/object-identity.ts';
import { readText } from '../dump/remote/http-client.ts';
import { AttemptFailed, retrying } from '../dump/remote/retry.ts';
import type { BucketClient, BucketRequest } from '../dump/remote/s3/bucket-client.ts';
import { encodeKey } from '../dump/remote/s3/endpoint.ts';
import { parseXml, textOf, type XmlElement } from '../dump/remote/s3/xml.ts';

/** An object of a bucket that is copied within it. */
export interface ObjectCopy {
  readonly bucket: string;
  readonly from: string;
  readonly to: string;
  readonly identity: ObjectIdentity;
  /** How messages call it. */
  readonly file: string;
}

/** What one request copies at most. https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html */
export const MAX_COPY_BYTES = 5 * 1024 ** 3;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Lets the server copy the very object, whole or, if it is larger, in parts. It is there only once all of it is. */
export async function copyObject(client: BucketClient, copy: ObjectCopy, partBytes = MAX_COPY_BYTES): Promise<void> {
  const path = encodeKey(copy.to);
  if (copy.identity.bytes <= partBytes) await ask(client, copy, { method: 'PUT', path, headers: sourceHeaders(copy) });
  else await copyInParts(client, copy, path, partBytes);
}

async function copyInParts(client: BucketClient, copy: ObjectCopy, path: string, partBytes: number): Promise<void> {
  const created = await ask(client, copy, { method: 'POST', path: `${path}?uploads` });
  const upload = encodeURIComponent(required(created, 'UploadId', copy.file));
  try {
    const parts: string[] = [];
    for (let first = 0; first < copy.identity.bytes; first += partBytes) {
      const last = Math.min(first + partBytes, copy.identity.bytes) - 1;
      const number = parts.length + 1;
      const part = await ask(client, copy, {
        method: 'PUT',
        path: `${path}?partNumber=${number}&uploadId=${upload}`,
        headers: { ...sourceHeaders(copy), 'x-amz-copy-source-range': `bytes=${first}-${last}` },
      });
      const etag = required(part, 'ETag', copy.file).replaceAll('"', '');
      parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`);
    }
    const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    await ask(client, copy, { method: 'POST', path: `${path}?uploadId=${upload}`, body });
  } catch (error) {
    // What is left of it costs money until a rule of the bucket removes it; the error that matters is the first one.
    await ask(client, copy, { method: 'DELETE', path: `${path}?uploadId=${upload}` }).catch(() => undefined);
    throw error;
  }
}

function sourceHeaders({ bucket, from, identity }: ObjectCopy): Record<string, string> {
  const { etag, versionId } = identity;
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`;
  return {
    'x-amz-copy-source': `/${encodeKey(`${bucket}/${from}`)}${version}`,
    ...(etag === undefined || etag.startsWith('W/') ? {} : { 'x-amz-copy-source-if-match': etag }),
  };
}

export async function deleteObject(client: BucketClient, key: string, file: string): Promise<void> {
  await retrying(
    async () => {
      const request = { method: 'DELETE', path: encodeKey(key), file, isListing: false, isArchiving: true } as const;
      (await client.send(request)).body.close();
    },
    { file },
  );
}

/** The answer's root element. A server that has begun to answer 200 says in the body that it failed after all. */
async function ask(
  client: BucketClient,
  { file }: ObjectCopy,
  request: Pick<BucketRequest, 'method' | 'path' | 'headers' | 'body'>,
): Promise<XmlElement | undefined> {
  return await retrying(
    async () => {
      const response = await client.send({ ...request, file, isListing: false, isArchiving: true });
      const root = parseXml((await readText(response.body, MAX_ANSWER_BYTES)) ?? '');
      if (root?.name !== 'Error') return root;
      const code = textOf(root, 'Code') ?? 'without a code';
      throw new AttemptFailed('SourceBusy', `the server of the bucket could not copy it (${code.slice(0, 64)})`);
    },
    { file },
  );
}

function required(root: XmlElement | undefined, name: string, file: string): string {
  const text = textOf(root, name);
  if (text !== undefined && text !== '') return text;
  throw new TransientError('ArchiveDiffers', `the server of the bucket answers a copy without ${name}`, { file });
}
