/** A parsed PostgreSQL type. `name` is as `format_type` prints it: `int4` is `integer`, `timestamp` is `timestamp without time zone`. */
export interface PostgresqlType {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly array: boolean;
}

/** Aliases of the built-in types. A Map, since every object has a `constructor`. https://www.postgresql.org/docs/18/datatype.html#DATATYPE-TABLE */
const SYNONYMS = new Map(
  Object.entries({
    int: 'integer',
    int2: 'smallint',
    int4: 'integer',
    int8: 'bigint',
    float4: 'real',
    float8: 'double precision',
    float: 'double precision',
    bool: 'boolean',
    decimal: 'numeric',
    dec: 'numeric',
    char: 'character',
    nchar: 'character',
    'national character': 'character',
    'national char': 'character',
    varchar: 'character varying',
    'char varying': 'character varying',
    'national character varying': 'character varying',
    'national char varying': 'character varying',
    'nchar varying': 'character varying',
    varbit: 'bit varying',
    time: 'time without time zone',
    timetz: 'time with time zone',
    timestamp: 'timestamp without time zone',
    timestamptz: 'timestamp with time zone',
  }),
);

/** Type names of several words. Any other word after a type's name would be another clause in DDL, such as a default. */
const MULTI_WORD_NAMES = new Set([
  'double precision',
  'character varying',
  'bit varying',
  'national character',
  'national char',
  'char varying',
  'national character varying',
  'national char varying',
  'nchar varying',
  'time without time zone',
  'time with time zone',
  'timestamp without time zone',
  'timestamp with time zone',
  ...['year', 'month', 'day', 'hour', 'minute', 'second'].map((field) => `interval ${field}`),
  'interval year to month',
  ...['hour', 'minute', 'second'].map((field) => `interval day to ${field}`),
  ...['minute', 'second'].map((field) => `interval hour to ${field}`),
  'interval minute to second',
]);

/** Not types, but shorthands for an integer with a sequence as its default. */
const SERIALS = new Set(['serial', 'serial2', 'serial4', 'serial8', 'smallserial', 'bigserial']);

/**
 * Words, at most one list of parameters, at most one word group after it (`timestamp(3) with time zone`), at most one pair of brackets. A name
 * has at most 63 bytes, since PostgreSQL cuts longer ones off.
 */
const SHAPE =
  /^([a-z_][a-z0-9_$]{0,62}(?:\.[a-z_][a-z0-9_$]{0,62})?(?: [a-z]+)*)(?: ?\(([^()]*)\))?((?: [a-z]+)*)(\[[0-9]{0,9}\])?$/;
const PARAMETER = /^(?:-?[0-9]{1,9}|[a-z_][a-z0-9_]{0,62})$/;

/**
 * Parses a type; undefined if the text is not a plain type. A type is written into DDL without quotes, so the accepted grammar is closed: names,
 * numbers in parentheses, brackets; never a quote, a comment, a semicolon or another clause.
 */
export function parsePostgresqlType(text: string): PostgresqlType | undefined {
  if (text.length > 128) return undefined;
  const match = SHAPE.exec(text.trim().toLowerCase().replaceAll(/\s+/g, ' '));
  if (match === null) return undefined;
  const [, words = '', list, after = '', brackets] = match;
  const parameters = list === undefined ? [] : list.split(',').map((parameter) => parameter.trim());
  if (list !== undefined && !parameters.every((parameter) => PARAMETER.test(parameter))) return undefined;
  const spelled = `${words}${after}`.replace(/^pg_catalog\./, '');
  if (SERIALS.has(spelled) || (spelled.includes(' ') && !MULTI_WORD_NAMES.has(spelled))) return undefined;
  return canonical(spelled, parameters, brackets !== undefined);
}

function canonical(spelled: string, parameters: readonly string[], array: boolean): PostgresqlType {
  const name = SYNONYMS.get(spelled) ?? spelled;
  const [first] = parameters;
  if (spelled === 'float' && first !== undefined)
    return { name: Number(first) <= 24 ? 'real' : name, parameters: [], array };
  if ((name === 'character' || name === 'bit') && first === undefined) return { name, parameters: ['1'], array };
  if (name === 'numeric' && parameters.length === 1 && first !== undefined)
    return { name, parameters: [first, '0'], array };
  return { name, parameters, array };
}

/** Whether every supported PostgreSQL accepts the parameters; before version 15 a scale must be between 0 and the precision. */
export function isWithinLimits({ name, parameters }: PostgresqlType): boolean {
  const [first = '0', second = '0'] = parameters;
  const [precision, scale] = [Number(first), Number(second)];
  if (parameters.length === 0) return true;
  if (name === 'numeric') return precision >= 1 && precision <= 1000 && scale >= 0 && scale <= precision;
  if (name.startsWith('time') || name.startsWith('interval')) return precision >= 0 && precision <= 6;
  if (name === 'bit' || name === 'bit varying') return precision >= 1 && precision <= 83_886_080;
  if (name.startsWith('character')) return precision >= 1 && precision <= 10_485_760;
  return true;
}

/** The type as `format_type` prints it, for instance `timestamp(3) with time zone`. */
export function renderPostgresqlType({ name, parameters, array }: PostgresqlType): string {
  const list = parameters.length === 0 ? '' : `(${parameters.join(',')})`;
  const zone = / with(?:out)? time zone$/.exec(name)?.[0] ?? '';
  return `${name.slice(0, name.length - zone.length)}${list}${zone}${array ? '[]' : ''}`;
}

/** The type as `format_type` prints it. Anything but a plain type, such as a quoted name, is returned as it is. */
export function normaliseTypeName(text: string): string {
  const type = parsePostgresqlType(text);
  return type === undefined ? text : renderPostgresqlType(type);
}
