import { readNumeric } from './read-number.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** Types whose input cuts, rounds or wraps without an error, as a mother of the user's own may have them. */
export const NARROW = /^(?:money|name|oid|xid8?|cid)$/;

/** The bytes of a name, NAMEDATALEN less its end. */
const NAME_BYTES = 63;
/** PostgreSQL's money has cents, and the connection has lc_monetary C. */
const CENTS = { name: 'numeric', parameters: ['19', '2'], array: false };

export function readNarrow(text: string, column: ValueColumn): Reading {
  switch (column.type.name) {
    case 'money':
      return readNumeric(text, { ...column, type: CENTS });
    case 'name':
      if (Buffer.byteLength(text) <= NAME_BYTES) return 'AsIs';
      return { problem: 'ValueCut', reason: `is longer than the ${NAME_BYTES} bytes that name keeps` };
    default:
      if (/^\s*\d+\s*$/.test(text)) return 'AsIs';
      return { problem: 'ValueUnclear', reason: `is not a number of the type ${column.type.name}` };
  }
}

/** An array's elements, each in quotes or not, and blanks between them. https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|(?:[^{},"\\]|\\.)+/gs;

/** What becomes of an array, by what becomes of its elements. */
export function readArray(text: string, read: (element: string) => Reading): Reading {
  let problem: Extract<Reading, { problem: string }> | undefined;
  const replace = (spelled: string, quoted?: string): string => {
    const written = quoted ?? spelled.trim();
    if (quoted === undefined && (written === '' || written.toLowerCase() === 'null')) return spelled;
    const reading = read(written.replaceAll(/\\(.)/gs, '$1'));
    if (reading === 'AsIs') return spelled;
    if ('instead' in reading)
      return reading.instead === null ? 'NULL' : `"${reading.instead.replaceAll(/["\\]/g, '\\$&')}"`;
    problem ??= reading;
    return spelled;
  };
  // Before the brace there may be bounds.
  const begin = Math.max(0, text.indexOf('{'));
  const instead = text.slice(0, begin) + text.slice(begin).replace(ELEMENT, replace);
  if (problem !== undefined) return { ...problem, reason: `has an element that ${problem.reason}` };
  return instead === text ? 'AsIs' : { instead };
}
