import { createHash } from 'node:crypto';
import { IDENTIFIER_BYTES } from './sql.ts';

/** `_` and eight hexadecimal digits of the full name's SHA-256. */
const SUFFIX_BYTES = 9;

/**
 * A name that PostgreSQL does not truncate. One of more than 63 bytes is cut between two characters and ends in a digest of the full name, so that
 * names with the same beginning stay different, and the same name is always shortened alike. A lone surrogate, which UTF-8 cannot express, becomes
 * U+FFFD here and not on the way to the server.
 */
export function shortenIdentifier(name: string): string {
  const whole = name.toWellFormed();
  if (Buffer.byteLength(whole) <= IDENTIFIER_BYTES) return whole;
  const digest = createHash('sha256')
    .update(whole)
    .digest('hex')
    .slice(0, SUFFIX_BYTES - 1);
  return `${cutToBytes(whole, IDENTIFIER_BYTES - SUFFIX_BYTES)}_${digest}`;
}

/** The longest prefix of a text, in whole characters, that has at most so many bytes in UTF-8. */
function cutToBytes(text: string, bytes: number): string {
  let kept = 0;
  let cut = '';
  for (const character of text) {
    kept += Buffer.byteLength(character);
    if (kept > bytes) break;
    cut += character;
  }
  return cut;
}

/** Every table already has columns of these names. https://www.postgresql.org/docs/18/ddl-system-columns.html */
const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

export function isSystemColumn(name: string): boolean {
  return SYSTEM_COLUMNS.has(name);
}

/** The name of a dump's column in PostgreSQL. It depends on the column's own name alone, so all versions agree on it. */
export function columnName(dumpName: string): string {
  const lower = dumpName.toLowerCase();
  return isSystemColumn(lower) ? `${lower}_` : shortenIdentifier(lower);
}
