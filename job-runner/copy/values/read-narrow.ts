import { readNumeric } from './read-number.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** Types whose input cuts, rounds or wraps without an error, as a mother of the user's own may have them. */
export const NARROW = /^(?:money|name|oid|xid8?|cid|"char"|macaddr8|tsvector)$/;

/** The bytes of a name, NAMEDATALEN less its end. */
const NAME_BYTES = 63;
/** Of six bytes. */
const MAC_ADDRESS_DIGITS = 12;
/** As PostgreSQL prints them. */
const LEXEMES = /^(?:'(?:[^']|'')*'(?::\d[\dABCD,]*)?(?: |$))*$/;
/** PostgreSQL's money has cents, and the connection has lc_monetary C. */
const CENTS = { name: 'numeric', parameters: ['19', '2'], array: false };

export function readNarrow(text: string, column: ValueColumn): Reading {
  switch (column.type.name) {
    case 'money':
      return readNumeric(text, { ...column, type: CENTS });
    case 'name':
      if (Buffer.byteLength(text) <= NAME_BYTES) return 'AsIs';
      return { problem: 'ValueCut', reason: `is longer than the ${NAME_BYTES} bytes that name keeps` };
    case '"char"':
      // Version 16 and later read a backslash and three digits as the byte of that number.
      if (Buffer.byteLength(text) <= 1) return 'AsIs';
      return { problem: 'ValueCut', reason: 'is more than the one byte that "char" keeps' };
    case 'macaddr8':
      if (text.replaceAll(/[^0-9a-f]/gi, '').length !== MAC_ADDRESS_DIGITS) return 'AsIs';
      return { problem: 'ValueUnclear', reason: 'is an address of six bytes, to which macaddr8 would add two' };
    case 'tsvector':
      if (LEXEMES.test(text)) return 'AsIs';
      return { problem: 'ValueCut', reason: 'is a text, of which tsvector keeps neither order nor repetitions' };
    default:
      if (/^\s*\d+\s*$/.test(text)) return 'AsIs';
      return { problem: 'ValueUnclear', reason: `is not a number of the type ${column.type.name}` };
  }
}
