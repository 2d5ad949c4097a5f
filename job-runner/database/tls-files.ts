import { ManifestError } from '../../crds/contract/errors.ts';
import { DATABASE_FILES, type Target } from '../../crds/contract/task.ts';
import { parametersOf } from './uri.ts';

/** The modes of libpq that check a certificate where an authority is given: https://www.postgresql.org/docs/18/libpq-ssl.html */
const CHECKING = ['require', 'verify-ca', 'verify-full'];

/**
 * The URI with the files of `spec.target.tls` in this folder as its parameters. With an authority it has sslmode=verify-full, unless it says
 * another mode that checks the certificate: what the manifest asks for must not be lost by what the URI says. Throws a ManifestError if they
 * contradict each other.
 */
export function withTlsFiles(uri: string, tls: Target['tls'], folder: string): string {
  if (tls === undefined) return uri;
  const given = parametersOf(uri);
  const files = filesOf(tls, folder);
  const twice = Object.keys(files).find((name) => given.has(name));
  if (twice !== undefined)
    throw contradiction(`it has ${twice}, which spec.target.tls sets; remove it from one of them`);
  const mode = given.get('sslmode');
  const hasAuthority = files.sslrootcert !== undefined;
  if (hasAuthority && mode !== undefined && !CHECKING.includes(mode)) {
    const problem = 'its sslmode does not check the certificate, for which spec.target.tls has an authority';
    throw contradiction(`${problem}; remove sslmode, or set verify-full`);
  }
  const added = { ...files, ...(hasAuthority && mode === undefined ? { sslmode: 'verify-full' } : {}) };
  const query = Object.entries(added).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${uri.trim()}${uri.includes('?') ? '&' : '?'}${query.join('&')}`;
}

function filesOf(tls: NonNullable<Target['tls']>, folder: string): Readonly<Record<string, string>> {
  const path = (file: keyof typeof DATABASE_FILES) => `${folder}/${DATABASE_FILES[file]}`;
  const hasAuthority = tls.caSecretRef !== undefined || tls.caConfigMapRef !== undefined;
  return {
    ...(hasAuthority ? { sslrootcert: path('authority') } : {}),
    ...(tls.certificateSecretRef === undefined ? {} : { sslcert: path('certificate'), sslkey: path('key') }),
  };
}

function contradiction(problem: string): ManifestError {
  return new ManifestError('DatabaseTls', `the database URI contradicts the manifest: ${problem}`);
}
