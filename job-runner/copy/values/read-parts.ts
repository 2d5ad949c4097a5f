import { parsePostgresqlType, type PostgresqlType } from '../../plan/postgresql-type.ts';
import { readRange } from './read-composed.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** A value of a composite type or range of the user's own, by the values that it consists of, which PostgreSQL would round or cut as any other. */
export function readParts(
  text: string,
  { kind, types }: NonNullable<ValueColumn['parts']>,
  read: (part: string, type: PostgresqlType) => Reading,
): Reading {
  const parsed = types.map(parsePostgresqlType);
  const [bound] = parsed;
  if (kind === 'Range') return bound === undefined ? 'AsIs' : readRange(text, bound, read);
  return readRow(text, parsed, read);
}

/** A field of a row, in quotes or not, and what ends it. https://www.postgresql.org/docs/18/rowtypes.html#ROWTYPES-IO-SYNTAX */
const FIELD = /((?:"(?:[^"\\]|""|\\.)*"|[^",()\\]|\\.)*)([,)])/gsy;
/** A composite type within one. */
const NESTED = 'record';

/** What is not the text of a row of these types is left to PostgreSQL, which refuses it. */
function readRow(
  text: string,
  types: readonly (PostgresqlType | undefined)[],
  read: (part: string, type: PostgresqlType) => Reading,
): Reading {
  const written = Array.from(text.slice(text.indexOf('(') + 1).matchAll(FIELD), ([, field = '']) => field);
  const fields: string[] = [];
  for (const [index, type] of types.entries()) {
    const field = written[index] ?? '';
    const reading = field === '' || type === undefined ? 'AsIs' : readField(field, type, read);
    if (typeof reading === 'object' && 'problem' in reading)
      return { ...reading, reason: `has a part that ${reading.reason}` };
    // NULL is nothing.
    fields.push(reading === 'AsIs' ? field : reading.instead === null ? '' : `"${reading.instead}"`);
  }
  const isSame = fields.every((field, index) => field === (written[index] ?? ''));
  return isSame ? 'AsIs' : { instead: `(${fields.join(',')})` };
}

/** No other spelling of a number or a moment has a quote or a backslash in it. */
function readField(
  field: string,
  type: PostgresqlType,
  read: (part: string, type: PostgresqlType) => Reading,
): Reading {
  return type.name === NESTED
    ? { problem: 'ValueUnclear', reason: 'is composite, too, and is not read' }
    : read(unquote(field), type);
}

/** Quotes may stand anywhere in a field; within them one is doubled or escaped. */
function unquote(written: string): string {
  return written.replaceAll(/"((?:[^"\\]|""|\\.)*)"|\\(.)/gs, (_, quoted?: string, escaped = '') =>
    quoted === undefined ? (escaped as string) : quoted.replaceAll('""', '"').replaceAll(/\\(.)/gs, '$1'),
  );
}
