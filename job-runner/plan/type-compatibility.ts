import { parsePostgresqlType, type PostgresqlType } from './postgresql-type.ts';

/** How many decimal digits a type's values may have before and after the point. */
export interface Digits {
  readonly whole: number;
  readonly fraction: number;
}

const INTEGERS = new Map(
  Object.entries({
    // Up to 32767, 2147483647 and 9223372036854775807: any number of `holds` digits fits; the largest has `needs` digits.
    smallint: { holds: 4, needs: 5 },
    integer: { holds: 9, needs: 10 },
    bigint: { holds: 18, needs: 19 },
  }),
);
const INTEGER_ORDER = ['smallint', 'integer', 'bigint'];

/** The digits of an integer or numeric type; undefined for numeric without a precision and for other types. */
export function digitsOf({ name, parameters }: PostgresqlType): Digits | undefined {
  const integer = INTEGERS.get(name);
  if (integer !== undefined) return { whole: integer.needs, fraction: 0 };
  const [precision, scale] = parameters;
  if (name !== 'numeric' || precision === undefined) return undefined;
  return { whole: Number(precision) - Number(scale), fraction: Number(scale) };
}

export function isInteger({ name }: PostgresqlType): boolean {
  return INTEGERS.has(name);
}

/**
 * Whether a column of the type `to` may reject or change some values of the type `from`. Text holds everything; a type that is not known here
 * holds only itself.
 */
export function isLossy(from: string, to: string): boolean {
  const [source, target] = [parsePostgresqlType(from), parsePostgresqlType(to)];
  if (source === undefined || target === undefined) return from !== to;
  if (isText(target)) return false;
  if (source.array !== target.array) return true;
  if (source.name === target.name) return isLossyByParameters(source, target);
  if (isInteger(source) || source.name === 'numeric') return isLossyNumber(source, target);
  return !widens(source, target);
}

/** With or without a length. */
export function isTextType(type: string): boolean {
  const parsed = parsePostgresqlType(type);
  return parsed !== undefined && !parsed.array && /^(?:text|citext|character(?: varying)?)$/.test(parsed.name);
}

/** A text type without a length holds any text. */
function isText({ name, parameters, array }: PostgresqlType): boolean {
  return !array && (name === 'text' || name === 'citext' || (name === 'character varying' && parameters.length === 0));
}

/** For two types of the same name. Without parameters a type is as wide as it can be; larger parameters are wider. */
function isLossyByParameters(source: PostgresqlType, target: PostgresqlType): boolean {
  if (target.parameters.length === 0) return false;
  if (source.name === 'numeric') return isLossyNumber(source, target);
  if (source.name === 'bit' && target.name === 'bit') return source.parameters[0] !== target.parameters[0];
  const unbounded = /^time|^interval/.test(source.name) ? '6' : 'Infinity';
  return Number(source.parameters[0] ?? unbounded) > Number(target.parameters[0]);
}

function isLossyNumber(source: PostgresqlType, target: PostgresqlType): boolean {
  if (isInteger(source) && isInteger(target))
    return INTEGER_ORDER.indexOf(source.name) > INTEGER_ORDER.indexOf(target.name);
  const digits = digitsOf(source);
  if (target.name === 'numeric' && target.parameters.length === 0) return false;
  if (digits === undefined) return true;
  const significant = digits.whole + digits.fraction;
  const integer = INTEGERS.get(target.name);
  if (integer !== undefined) return digits.fraction > 0 || digits.whole > integer.holds;
  // The decimal digits that single and double precision preserve, FLT_DIG and DBL_DIG of C's float.h.
  if (target.name === 'real') return significant > 6;
  if (target.name === 'double precision') return significant > 15;
  const room = digitsOf(target);
  return room === undefined || digits.whole > room.whole || digits.fraction > room.fraction;
}

/** For types of different names: whether every value of the first is a value of the second. */
function widens(source: PostgresqlType, target: PostgresqlType): boolean {
  if (source.name === 'real')
    return target.name === 'double precision' || (target.name === 'numeric' && target.parameters.length === 0);
  if (source.name === 'double precision') return target.name === 'numeric' && target.parameters.length === 0;
  if (source.name === 'date') return target.name === 'timestamp without time zone';
  if (source.name === 'character') return target.name === 'character varying' && !isLossyByParameters(source, target);
  if (source.name === 'bit') return target.name === 'bit varying' && !isLossyByParameters(source, target);
  return source.name === 'jsonb' && target.name === 'json';
}
