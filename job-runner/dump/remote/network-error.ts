import { ManifestError, type MotherloadError } from '../../../crds/contract/errors.ts';
import { AttemptFailed } from './retry.ts';

/** The server is reached, and the connection is not trusted. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known here',
  CERT_SIGNATURE_FAILURE: 'its certificate is not signed by the authority that it names',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate is revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};
/** It does not speak TLS, or none that this machine accepts. */
const NO_TLS = /^(EPROTO|ERR_SSL_)/;
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
]);

/** An error of a connection as one of ours: of the configuration, or of this attempt alone. `server` is how messages call it. */
export function toNetworkError(error: unknown, server: string): MotherloadError | AttemptFailed {
  const { code = '', errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  const untrusted = UNTRUSTED[code];
  if (untrusted !== undefined || NO_TLS.test(code)) {
    const problem = untrusted ?? `it does not speak TLS (${code})`;
    const remedy = 'set caSecretRef to its authority, or use the name and scheme that it has';
    return new ManifestError('SourceTls', `the connection to ${server} is not trusted, since ${problem}: ${remedy}`);
  }
  // A name with several addresses fails with one error for each.
  const reason = code === '' ? (errors?.[0]?.code ?? 'unknown reason') : code;
  const isUnreachable = UNREACHABLE.has(reason);
  return isUnreachable
    ? new AttemptFailed('SourceUnreachable', `${server} cannot be reached (${reason})`, { cause: error })
    : new AttemptFailed('SourceBusy', `the connection to ${server} broke (${reason})`, { cause: error });
}
