import type { ObjectIdentity } from '../../../crds/contract/object-identity.ts';
import { AttemptFailed } from './retry.ts';
import type { HttpResponse } from './http-client.ts';
import { DataError, ManifestError } from '../../../crds/contract/errors.ts';

/** The first and the last byte of a range, as HTTP counts them. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What lets only the very object answer. If-Range is no alternative, since a gateway was seen to ignore it, and neither is If-Unmodified-Since:
 * one compares it with a time that has fractions of a second, so that no file is unmodified. What an answer says is compared in any case.
 */
export function conditionsOf({ etag }: Partial<ObjectIdentity>): Record<string, string> {
  // A weak ETag never matches (RFC 9110, 13.1.1).
  return etag === undefined || etag.startsWith('W/') ? {} : { 'If-Match': etag };
}

/** Whose bytes a 206 has. `range` is what was asked for; the last bytes of an object whose size is not known may be asked for, too. */
export function identityOf(
  response: HttpResponse,
  range: ByteRange | undefined,
  file: string,
): { readonly identity: ObjectIdentity; readonly range: ByteRange } {
  const { status, header } = response;
  if (status === 200) {
    const message =
      'the server sends the whole object where a range is asked for: use an endpoint that supports the header Range';
    throw new ManifestError('SourceRanges', message, { file });
  }
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(header('content-range')?.trim() ?? '');
  const [first, last, bytes] = (match?.slice(1) ?? []).map(Number);
  if (first === undefined || last === undefined || bytes === undefined || last >= bytes || first > last) {
    const message = `the server answers a range with the Content-Range "${header('content-range') ?? ''}": use an endpoint that says which bytes it sends`;
    throw new ManifestError('SourceRanges', message, { file });
  }
  // A shorter one is legal where the object has become shorter, which shows in its size.
  if (range !== undefined && (first !== range.first || (last !== range.last && last !== bytes - 1)))
    throw new AttemptFailed('SourceBusy', `the server answered another range than bytes ${range.first}-${range.last}`);
  return { identity: objectIdentity(bytes, header, file), range: { first, last } };
}

/** By the headers that each answer about an object has. */
export function objectIdentity(bytes: number, header: HttpResponse['header'], file: string): ObjectIdentity {
  const [etag, lastModified, versionId] = ['etag', 'last-modified', 'x-amz-version-id'].map(header);
  const identity: ObjectIdentity = {
    bytes,
    ...(etag === undefined || etag === '' ? {} : { etag }),
    ...(lastModified === undefined || lastModified === '' ? {} : { lastModified }),
    ...(versionId === undefined || versionId === '' || versionId === 'null' ? {} : { versionId }),
  };
  if (identity.etag !== undefined || identity.lastModified !== undefined) return identity;
  const message =
    'the server gives it neither an ETag nor a Last-Modified, so that a change would not show: use a server that does';
  throw new ManifestError('SourceIdentity', message, { file });
}

/**
 * Throws DumpChanged where an answer is about another object than the one that is known. An ETag alone is not enough: a gateway may keep that
 * of a file which was changed beside it.
 */
export function refuseChanged(known: Partial<ObjectIdentity>, found: ObjectIdentity, file: string): void {
  const changed = (['bytes', 'etag', 'lastModified', 'versionId'] as const).find(
    (part) => known[part] !== undefined && found[part] !== known[part],
  );
  if (changed !== undefined) throw objectChanged(file, WORDS[changed]);
}

const WORDS = {
  bytes: 'its size',
  etag: 'its ETag',
  lastModified: 'its time',
  versionId: 'its version',
} as const;

export function objectChanged(file: string, what: string): DataError {
  const message = `the dump was replaced while it was being loaded (${what} is another): run the ingestion again`;
  return new DataError('DumpChanged', message, { file });
}
