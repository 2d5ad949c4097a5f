import { ManifestError } from '../../../../crds/contract/errors.ts';

const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}):[ \t]*([\t\x20-\x7e]{0,8192})$/;
/** The runner's own, and those that say where a message ends. */
const RESERVED = new Set([
  'host',
  'range',
  'if-match',
  'if-unmodified-since',
  'accept-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
]);

/** The headers of a Secret, one a line as in HTTP: `Authorization: Bearer ...`. No message has one of their values. */
export function readSecretHeaders(text: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) throw badHeaders(`line ${index + 1} is not "Name: value"`);
    if (RESERVED.has(name.toLowerCase())) throw badHeaders(`${name} is set by Motherload`);
    headers[name] = value.trim();
  }
  return headers;
}

function badHeaders(problem: string): ManifestError {
  return new ManifestError(
    'SourceSecret',
    `the Secret of spec.source.https.headersSecretRef cannot be used: ${problem}`,
  );
}
