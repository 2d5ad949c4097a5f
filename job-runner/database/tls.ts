import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { ManifestError } from '../../crds/contract/errors.ts';

/** The TLS options of one attempt to connect. */
export type TlsOptions =
  false | Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'checkServerIdentity'>;

/** The parameters of a URI that are about TLS. */
export const TLS_PARAMETERS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword', 'uselibpqcompat'];

/**
 * The attempts in their order, as in libpq, whose default is `prefer`, too. Two differences: files in ~/.postgresql are not read, and
 * `verify-full` without `sslrootcert` trusts the well-known authorities of Node, which libpq calls `sslrootcert=system`.
 * https://www.postgresql.org/docs/18/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export function tlsAttempts(parameters: ReadonlyMap<string, string>): readonly TlsOptions[] {
  const authorities = parameters.get('sslrootcert') ?? '';
  const mode = parameters.get('sslmode') ?? impliedMode(parameters, authorities);
  if (mode === 'disable') return [false];
  const files = readFiles(parameters);
  const unverified = { ...files, rejectUnauthorized: false };
  switch (mode) {
    case 'allow':
      return [false, unverified];
    case 'prefer':
      return [unverified, false];
    // node-postgres' name for it.
    case 'no-verify':
      return [unverified];
    case 'require':
      // "if a root CA file exists, the behavior of sslmode=require will be the same as that of verify-ca"
      return [authorities === '' ? unverified : verifyAuthority(files, authorities)];
    case 'verify-ca':
      return [verifyAuthority(files, authorities)];
    case 'verify-full':
      return [files];
    default:
      throw tlsError('sslmode must be disable, allow, prefer, require, verify-ca or verify-full');
  }
}

function impliedMode(parameters: ReadonlyMap<string, string>, authorities: string): string {
  if (authorities === 'system') return 'verify-full';
  // The spelling of JDBC, which libpq accepts as well.
  return parameters.get('ssl') === 'true' ? 'require' : 'prefer';
}

/** Without a private authority, any public certificate for any name would be accepted. */
function verifyAuthority(files: Exclude<TlsOptions, false>, authorities: string): TlsOptions {
  if (authorities === '' || authorities === 'system') {
    throw tlsError('sslmode=verify-ca needs an sslrootcert that names a file, or use sslmode=verify-full');
  }
  return { ...files, checkServerIdentity: () => undefined };
}

function readFiles(parameters: ReadonlyMap<string, string>): Exclude<TlsOptions, false> {
  const ca = parameters.get('sslrootcert') === 'system' ? undefined : readParameterFile(parameters, 'sslrootcert');
  const cert = readParameterFile(parameters, 'sslcert');
  const key = readParameterFile(parameters, 'sslkey');
  const passphrase = parameters.get('sslpassword');
  if (ca !== undefined) checkParameter('sslrootcert', () => new X509Certificate(ca));
  if ((cert === undefined) !== (key === undefined)) throw tlsError('sslcert and sslkey must be set together');
  const client = { ...(cert && { cert }), ...(key && { key }), ...(passphrase !== undefined && { passphrase }) };
  checkParameter('sslcert or sslkey', () => createSecureContext(client));
  return { ...(ca && { ca }), ...client };
}

function readParameterFile(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const file = parameters.get(name) ?? '';
  if (file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw tlsError(`${name}=${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
}

function checkParameter(name: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw tlsError(`${name} is not a valid PEM file (${(error as Error).message})`);
  }
}

function tlsError(problem: string): ManifestError {
  return new ManifestError('DatabaseTls', `the TLS options of the database URI are not valid: ${problem}`);
}
