import { ManifestError } from '../../crds/contract/errors.ts';

/** Undefined for what is no URL. Throws where a password that is not encoded would be read as another host. */
export function parseUrl(text: string, form: string): URL | undefined {
  const uri = text.trim();
  // A user or password with a / ? or # ends what is before the host, which then is the user. Tabs and line ends are left out of a URL.
  if (/^\w+:\/\/[^/?#]*[/?#].*@/s.test(uri) || /[\t\r\n]/.test(uri)) {
    const signs = 'a / ? # @ tab or line end in its user, password or database must be percent-encoded';
    throw wrongAddress(`${signs} (%2F %3F %23 %40 %09 %0A), and it must be ${form}`);
  }
  try {
    return new URL(uri);
  } catch {
    return undefined;
  }
}

/** A part of the URI. `form` is how the whole must look. */
export function decodePart(text: string, form: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongAddress(`it has a % that encodes nothing, and must be ${form}`);
  }
}

export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

export function isThisMachine(host: string): boolean {
  return /^(?:localhost|127\.[\d.]+|::1)$/i.test(host);
}

/** No message of ours shows any of the URI: all of it may be a password that is not percent-encoded. */
export function wrongAddress(problem: string): ManifestError {
  return new ManifestError('SourceAddress', `the URI in the Secret of connectionSecretRef cannot be used: ${problem}`);
}
