import { parsePostgresqlType, type PostgresqlType } from '../../plan/postgresql-type.ts';
import { parseDecimal } from './decimal.ts';
import { isKeptByFloat } from './kept-by-float.ts';
import type { Reading, ValueColumn } from './reading.ts';

type Problem = Extract<Reading, { problem: string }>;
type ReadPart = (text: string, type: PostgresqlType) => Reading;

const RANGE_BOUNDS: Readonly<Record<string, string>> = {
  ...{ int4: 'integer', int8: 'bigint', num: 'numeric', date: 'date' },
  ...{ ts: 'timestamp without time zone', tstz: 'timestamp with time zone' },
};
const RANGE_NAME = /^(int4|int8|num|ts|tstz|date)(?:multi)?range$/;
const GEOMETRIC = /^(?:point|line|lseg|box|path|polygon|circle)$/;

/** Built-in types whose values consist of values of other types, arrays left out. */
export function isComposed(name: string): boolean {
  return RANGE_NAME.test(name) || GEOMETRIC.test(name);
}

/** A value of a range, multirange or geometric type, by its numbers and moments, which the types' input would round as any other. */
export function readComposed(text: string, column: ValueColumn, read: ReadPart): Reading {
  const { name } = column.type;
  if (GEOMETRIC.test(name)) return column.isPostgresql && !column.isLossy ? 'AsIs' : readGeometric(text, column);
  const bounds = parsePostgresqlType(RANGE_BOUNDS[RANGE_NAME.exec(name)?.[1] ?? ''] ?? '');
  return bounds === undefined ? 'AsIs' : readRange(text, bounds, read);
}

/** An array's elements, each in quotes or not, and blanks between them. https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO */
const ELEMENT = /"((?:[^"\\]|\\.)*)"|(?:[^{},"\\]|\\.)+/gs;

/** What becomes of an array, by what becomes of its elements. */
export function readArray(text: string, read: (element: string) => Reading): Reading {
  let problem: Problem | undefined;
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

/** A bound, in quotes or not; backslashes are no part of a number or a moment. */
const BOUND = '((?:"[^"\\\\]*"|[^"\\\\,()[\\]])*)';
/** https://www.postgresql.org/docs/18/rangetypes.html#RANGETYPES-IO */
const RANGE = new RegExp(`([[(])${BOUND},${BOUND}([\\])])`, 'g');
const INFINITE = /^\s*-?infinity\s*$/i;

/** What is not the text of a range is left to PostgreSQL, which refuses it. */
export function readRange(text: string, bounds: PostgresqlType, read: ReadPart): Reading {
  let problem: Problem | undefined;
  const readBound = (spelled: string): string => {
    const written = spelled.replaceAll('"', '');
    if (written.trim() === '' || INFINITE.test(written)) return spelled;
    const reading = read(written, bounds);
    if (reading === 'AsIs') return spelled;
    if ('problem' in reading) problem ??= reading;
    // NULL is no bound.
    else if (reading.instead === null) problem ??= { problem: 'ZeroDate', reason: 'is not a day' };
    else return `"${reading.instead}"`;
    return spelled;
  };
  const instead = text.replace(
    RANGE,
    (_, begin: string, lower: string, upper: string, end: string) =>
      `${begin}${readBound(lower)},${readBound(upper)}${end}`,
  );
  if (problem !== undefined) return { ...problem, reason: `has a bound that ${problem.reason}` };
  return instead === text ? 'AsIs' : { instead };
}

const COORDINATE = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,6})?/gi;

/** Coordinates are of the type double precision. https://www.postgresql.org/docs/18/datatype-geometric.html */
function readGeometric(text: string, column: ValueColumn): Reading {
  const { type } = column;
  if (type.name === 'line' && !text.trim().startsWith('{'))
    return { problem: 'ValueRounded', reason: 'is a line by its points, of which PostgreSQL computes {A,B,C}' };
  for (const [coordinate] of text.matchAll(COORDINATE)) {
    const decimal = parseDecimal(coordinate);
    if (decimal === undefined || isKeptByFloat(coordinate, decimal, 'double precision', column)) continue;
    return { problem: 'ValueRounded', reason: `has a coordinate with more digits than ${type.name} keeps` };
  }
  return 'AsIs';
}
