import type { ObjectIdentity } from '../../../../crds/contract/object-identity.ts';
import { parseXml, textOf, type XmlElement } from './xml.ts';

export interface ListedObject {
  readonly key: string;
  readonly identity: ObjectIdentity;
}

export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** For the next page; undefined for the last one. */
  readonly next: string | undefined;
}

/** The query of a page of ListObjectsV2. Keys are asked for encoded, since XML has no form for control characters. */
export function listingQuery(prefix: string, token: string | undefined): string {
  const parameters = {
    ...(token === undefined ? {} : { 'continuation-token': token }),
    ...{ 'encoding-type': 'url', 'list-type': '2', 'max-keys': '1000', prefix },
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** A page of the listing, or what is wrong with it. */
export function readListing(text: string): ListingPage | string {
  const root = parseXml(text);
  if (root?.name !== 'ListBucketResult') return 'it is not a ListBucketResult';
  // A server that does not know the parameter answers with plain keys, in which % is a character.
  const isEncoded = textOf(root, 'EncodingType')?.toLowerCase() === 'url';
  const objects: ListedObject[] = [];
  for (const element of root.children.filter(({ name }) => name === 'Contents')) {
    const object = readObject(element, isEncoded);
    if (typeof object === 'string') return object;
    objects.push(object);
  }
  const next = textOf(root, 'IsTruncated') === 'true' ? textOf(root, 'NextContinuationToken') : undefined;
  if (next === undefined && textOf(root, 'IsTruncated') === 'true')
    return 'it is truncated and has no token for its next page';
  return { objects, next };
}

function readObject(element: XmlElement, isEncoded: boolean): ListedObject | string {
  const key = decodeKey(textOf(element, 'Key') ?? '', isEncoded);
  const bytes = textOf(element, 'Size') ?? '';
  if (key === undefined || key === '' || !/^\d{1,15}$/.test(bytes)) return 'an object in it has no key or no size';
  const etag = textOf(element, 'ETag');
  return {
    key,
    identity: { bytes: Number(bytes), ...(etag === undefined || etag === '' ? {} : { etag: quoted(etag) }) },
  };
}

/** In the form of a query, where + is a blank. */
function decodeKey(text: string, isEncoded: boolean): string | undefined {
  if (!isEncoded) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** Some servers leave out the quotes that the header has. */
function quoted(etag: string): string {
  return /^(W\/)?"/.test(etag) ? etag : `"${etag}"`;
}
