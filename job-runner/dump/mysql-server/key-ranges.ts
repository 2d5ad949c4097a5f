import { quoteName } from './source-columns.ts';

/** A column of a primary key. */
export interface KeyColumn {
  readonly name: string;
  /** The type's name alone. */
  readonly dataType: string;
  /** Those of a text. */
  readonly characterSet: string | null;
  readonly collation: string | null;
}

/** The columns in whose order a table is read, and by which it is cut into ranges. */
export interface RangeKey {
  readonly columns: readonly KeyColumn[];
  /** Whether there is one row for each value, so that a range has as many rows as it was measured to have. */
  readonly isUnique: boolean;
}

/** SQL of the key of a row, one literal for each column. */
export type KeyLiterals = readonly string[];

/** The rows behind one key, up to and with another; without it from the first or to the last. */
export interface KeyRange {
  readonly after: KeyLiterals | undefined;
  readonly upTo: KeyLiterals | undefined;
}

const NUMBERS = /^(?:tinyint|smallint|mediumint|int|integer|bigint|decimal|numeric)$/i;
const TEXTS = /^(?:char|varchar)$/i;
const BYTES = /^(?:binary|varbinary)$/i;
const NAME = /^\w+$/;

/**
 * The key's first columns whose values can be written into a statement and compare there as they do in the index: neither FLOAT and DOUBLE, whose texts
 * round, nor ENUM, which compares as text with a text, nor times, whose texts the server may take for others. Undefined where there is none.
 */
export function rangeKeyOf(key: readonly KeyColumn[]): RangeKey | undefined {
  const end = key.findIndex((column) => !canBeWritten(column));
  const columns = end === -1 ? key : key.slice(0, end);
  return columns.length === 0 ? undefined : { columns, isUnique: end === -1 };
}

function canBeWritten({ dataType, characterSet, collation }: KeyColumn): boolean {
  if (NUMBERS.test(dataType) || BYTES.test(dataType)) return true;
  return TEXTS.test(dataType) && NAME.test(characterSet ?? '') && NAME.test(collation ?? '');
}

/** Finds the key of the row that is `rows` rows behind another one: the last of a range with so many rows. */
export function boundaryStatement(table: string, key: RangeKey, after: KeyLiterals | undefined, rows: number): string {
  const list = key.columns.map((column, index) => `${spelling(column)} AS k${index}`).join(', ');
  const where = after === undefined ? '' : ` WHERE ${behind(key, after)}`;
  const order = key.columns.map(({ name }) => quoteName(name)).join(', ');
  return `SELECT ${list} FROM ${quoteName(table)} FORCE INDEX (PRIMARY)${where} ORDER BY ${order} LIMIT 1 OFFSET ${rows - 1}`;
}

/** Finds a row by its key: where it finds one, the literals are that row's key for every comparison. */
export function lookUpStatement(table: string, { columns }: RangeKey, at: KeyLiterals): string {
  const same = columns.map(({ name }, index) => `${quoteName(name)} = ${at[index] ?? ''}`).join(' AND ');
  return `SELECT 1 FROM ${quoteName(table)} FORCE INDEX (PRIMARY) WHERE ${same} LIMIT 1`;
}

/** Literals of the texts that `boundaryStatement` selects; undefined where one is not what its type has. */
export function literalsOf({ columns }: RangeKey, texts: readonly (string | null)[]): KeyLiterals | undefined {
  const literals = columns.map((column, index) => literalOf(column, texts[index] ?? null));
  return literals.every((literal) => literal !== undefined) ? literals : undefined;
}

/** The condition that a row is in the range; empty where each is. */
export function rangeCondition(key: RangeKey, { after, upTo }: KeyRange): string {
  const conditions = [
    ...(after === undefined ? [] : [behind(key, after)]),
    ...(upTo === undefined ? [] : [notBehind(key, upTo)]),
  ];
  return conditions.map((condition) => `(${condition})`).join(' AND ');
}

function spelling({ name, dataType }: KeyColumn): string {
  return NUMBERS.test(dataType) ? quoteName(name) : `HEX(${quoteName(name)})`;
}

function literalOf({ dataType, characterSet, collation }: KeyColumn, text: string | null): string | undefined {
  if (text === null) return undefined;
  if (NUMBERS.test(dataType)) return /^-?\d+(?:\.\d+)?$/.test(text) ? text : undefined;
  if (!/^(?:[0-9A-F]{2})*$/.test(text)) return undefined;
  // In the column's own character set and collation, since the index is of no use where the column is converted.
  return TEXTS.test(dataType) ? `_${characterSet ?? ''} X'${text}' COLLATE ${collation ?? ''}` : `_binary X'${text}'`;
}

/** Not `(a, b) > (x, y)`: of that the server uses no more of the index than the first column. */
function behind({ columns }: RangeKey, literals: KeyLiterals): string {
  return columns.reduceRight((rest, { name }, index) => {
    const [column, literal] = [quoteName(name), literals[index] ?? ''];
    return rest === '' ? `${column} > ${literal}` : `${column} > ${literal} OR (${column} = ${literal} AND (${rest}))`;
  }, '');
}

function notBehind({ columns }: RangeKey, literals: KeyLiterals): string {
  return columns.reduceRight((rest, { name }, index) => {
    const [column, literal] = [quoteName(name), literals[index] ?? ''];
    return rest === '' ? `${column} <= ${literal}` : `${column} < ${literal} OR (${column} = ${literal} AND (${rest}))`;
  }, '');
}
