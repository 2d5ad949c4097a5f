import { ManifestError } from '../../crds/contract/errors.ts';

/** Undefined for what is no URL. */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text.trim());
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
