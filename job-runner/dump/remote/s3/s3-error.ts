import {
  DataError,
  ManifestError,
  shorten,
  TransientError,
  type MotherloadError,
} from '../../../../crds/contract/errors.ts';
import { objectChanged } from '../object-identity.ts';
import { AttemptFailed } from '../retry.ts';
import { parseXml, textOf } from './xml.ts';

/** A refusal as the server gave it. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export interface S3Refusal {
  readonly status: number;
  /** Empty where the body has none, as in answers of a proxy. */
  readonly code: string;
  readonly message: string;
  readonly region?: string | undefined;
  readonly retryAfterMilliseconds?: number | undefined;
}

/** What was asked for. */
export interface S3Operation {
  readonly bucket: string;
  /** How messages call the object, or the listing. */
  readonly file: string;
  readonly isListing: boolean;
  /** What is written or deleted in place of a read. */
  readonly isArchiving?: boolean;
}

export function readRefusal(status: number, body: string): Omit<S3Refusal, 'region' | 'retryAfterMilliseconds'> {
  const root = parseXml(body);
  const [code, message] = [textOf(root, 'Code') ?? '', textOf(root, 'Message') ?? ''];
  return { status, code: /^[A-Za-z]{1,64}$/.test(code) ? code : '', message: shorten(message, 200) };
}

/** The region that a refusal names as the bucket's. */
export function regionOf(body: string): string | undefined {
  const region = textOf(parseXml(body), 'Region');
  return region !== undefined && /^[a-z0-9-]{1,32}$/.test(region) ? region : undefined;
}

const BUSY = new Set(['SlowDown', 'InternalError', 'ServiceUnavailable', 'RequestTimeout', 'Busy', 'OperationAborted']);
/** Refused for who asks: with other credentials, renewed ones for instance, the answer may be another. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'does not know the access key',
  SignatureDoesNotMatch: 'computes another signature: the secret key is wrong, or a proxy changes the request',
  ExpiredToken: 'says that the session token has expired',
  InvalidToken: 'does not take the session token',
  TokenRefreshRequired: 'says that the session token has expired',
  XMinioInvalidIAMCredentials: 'does not know the access key',
};
const OTHER_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

export function isAboutCredentials({ code }: S3Refusal): boolean {
  return code in CREDENTIALS;
}

/** The refusal as one of ours: what to do, and who can. */
export function toS3Error(refusal: S3Refusal, operation: S3Operation): MotherloadError | AttemptFailed {
  const { status, code, retryAfterMilliseconds } = refusal;
  const { bucket, file } = operation;
  const answer = code === '' ? `status ${status}` : `${code} (status ${status})`;
  const location = { file };
  if (BUSY.has(code) || status === 429 || status >= 500 || status === 408 || status === 307) {
    if (code === 'NotImplemented' || status === 501) return refused(refusal, location);
    return new AttemptFailed('SourceBusy', `the server of the bucket ${bucket} answers ${answer}`, {
      retryAfterMilliseconds,
    });
  }
  const credentials = CREDENTIALS[code];
  if (credentials !== undefined) {
    const message = `the server of the bucket ${bucket} ${credentials} (${code}): put valid keys into the Secret of spec.source.s3.credentialsSecretRef, or into the environment`;
    return new ManifestError('SourceCredentials', message, location);
  }
  if (code === 'RequestTimeTooSkewed') {
    const message = `the server of the bucket ${bucket} has another time than this machine (${code}): set the clock of the node; it is retried`;
    return new TransientError('SourceClock', message, location);
  }
  if (OTHER_REGION.has(code) || status === 301 || (status === 400 && refusal.region !== undefined)) {
    const where = refusal.region === undefined ? 'another region' : `the region ${refusal.region}`;
    const message = `the bucket ${bucket} is in ${where} (${answer}): set spec.source.s3.region, and the endpoint if there is one`;
    return new ManifestError('SourceRegion', message, location);
  }
  if (code === 'InvalidObjectState') {
    const message =
      'it is in an archive of the bucket (InvalidObjectState): restore it first, or exclude it with spec.source.exclude';
    return new DataError('DumpArchived', message, location);
  }
  return toStatusError(refusal, operation);
}

function toStatusError(refusal: S3Refusal, { bucket, file, isListing, isArchiving }: S3Operation): MotherloadError {
  const { status, code } = refusal;
  const location = { file };
  if (status === 412) return objectChanged(file, 'its ETag');
  if (status === 416) return objectChanged(file, 'its size');
  if ((status === 403 || status === 401) && isArchiving === true) {
    const message = `the credentials may not archive it in the bucket ${bucket} (${code === '' ? status : code}): grant s3:PutObject, and with Move and Delete s3:DeleteObject, on its objects`;
    return new ManifestError('ArchiveNotWritable', message, location);
  }
  if (status === 403 || status === 401) {
    const right = isListing ? 's3:ListBucket on the bucket' : 's3:GetObject on its objects';
    const message = `access to the bucket ${bucket} is denied (${code === '' ? status : code}): grant ${right}, or use other credentials`;
    return new ManifestError('SourceAccessDenied', message, location);
  }
  if (status === 404 && (isListing || code === 'NoSuchBucket')) {
    const message = `the bucket ${bucket} does not exist there (${code === '' ? status : code}): check spec.source.s3 (bucket, endpoint, region, forcePathStyle)`;
    return new ManifestError('SourceMissing', message, location);
  }
  if (status === 404)
    return new DataError('DumpMissing', 'it no longer exists: put it back, or run without it', location);
  return refused(refusal, location);
}

function refused({ status, code, message }: S3Refusal, location: { readonly file: string }): ManifestError {
  const answer = [`status ${status}`, code, message].filter((part) => part !== '').join(', ');
  return new ManifestError(
    'SourceRefused',
    `the server refuses the request (${answer}): check spec.source.s3`,
    location,
  );
}
