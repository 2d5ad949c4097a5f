import { ManifestError } from '../../crds/contract/errors.ts';
import type { RemoteDumps } from '../../crds/contract/task.ts';
import { readWebAddress } from '../../job-runner/dump/remote/https/web-address.ts';
import { nameUrls } from '../../job-runner/dump/remote/https/web-index.ts';
import { parseBucketUrl } from './dumps-source.ts';

/** One dump by its URL; undefined for a path. */
export function remoteDump(text: string): { readonly location: RemoteDumps; readonly file: string } | undefined {
  const bucket = parseBucketUrl(text);
  if (bucket !== undefined) {
    const start = bucket.prefix.lastIndexOf('/') + 1;
    const file = bucket.prefix.slice(start);
    if (file === '')
      throw new ManifestError('NotADump', 'it is a folder of a bucket; name a ZIP in it', { file: text });
    return { location: { s3: { bucket: bucket.bucket, prefix: bucket.prefix.slice(0, start) } }, file };
  }
  if (!/^https?:\/\//i.test(text)) return undefined;
  const [file = ''] = nameUrls([readWebAddress(text, undefined)]).keys();
  return { location: { https: { urls: [text] } }, file };
}
