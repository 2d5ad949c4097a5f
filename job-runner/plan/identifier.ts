import { createHash } from 'node:crypto';
import { IDENTIFIER_BYTES } from './sql.ts';

/** `_` and eight hexadecimal digits of the whole name's SHA-256. */
const SUFFIX_BYTES = 9;

/**
 * A name that PostgreSQL keeps whole: one that is longer than 63 bytes is cut at a character's border and ends in a digest of the whole
 * name, so that two names with the same beginning stay two, and the same name is always shortened alike. A lone surrogate, which UTF-8
 * cannot express, becomes U+FFFD here and not on the way to the server.
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

/** The longest beginning of a text, in whole characters, that has at most so many bytes in UTF-8. */
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

/** Every table has columns of these names already. https://www.postgresql.org/docs/18/ddl-system-columns.html */
const SYSTEM_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

export function isSystemColumn(name: string): boolean {
  return SYSTEM_COLUMNS.has(name);
}

/** The name that a dump's column gets in PostgreSQL. It depends on nothing but the column's own name, so all versions agree on it. */
export function columnName(dumpName: string): string {
  const lower = dumpName.toLowerCase();
  return isSystemColumn(lower) ? `${lower}_` : shortenIdentifier(lower);
}
