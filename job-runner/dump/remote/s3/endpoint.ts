/** What a manifest says of a bucket, as far as it makes an address. */
export interface BucketAddress {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
  readonly forcePathStyle?: boolean | undefined;
}

export interface BucketLocation {
  readonly origin: URL;
  /** Before an object's key, with / at its end. */
  readonly path: string;
}

/**
 * Where a bucket answers: `bucket.s3.region.amazonaws.com`, or `endpoint/bucket`, which every server other than AWS understands. A bucket with a
 * dot in its name has its path form there as well, since no certificate is for such a host.
 */
export function locateBucket({ bucket, region, endpoint, forcePathStyle }: BucketAddress): BucketLocation {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const base = new URL(endpoint ?? `https://s3.${region}.${domain}`);
  const prefix = base.pathname.replace(/\/+$/, '');
  const isPath = forcePathStyle ?? (endpoint !== undefined || bucket.includes('.'));
  if (isPath) return { origin: base, path: `${prefix}/${encodeSegment(bucket)}/` };
  const origin = new URL(base);
  origin.hostname = `${bucket}.${base.hostname}`;
  return { origin, path: `${prefix}/` };
}

/** A key as a path: each character but / that is not unreserved is escaped, which is the form that is signed (AWS: "Create a canonical request"). */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeSegment).join('/');
}

function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The folder that a prefix names, as the beginning of keys: `dumps` is not `dumps-old`. */
export function folderPrefix(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

/** `.` and `..` are names in a key, and steps for what is between here and the bucket, which would ask for another object. */
export function isSafeKey(key: string): boolean {
  return key.isWellFormed() && !key.split('/').some((part) => part === '.' || part === '..');
}
