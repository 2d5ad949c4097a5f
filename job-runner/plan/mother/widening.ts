import { commonType } from '../common-type.ts';
import { normaliseTypeName, parsePostgresqlType, type PostgresqlType } from '../postgresql-type.ts';
import { isInteger, isLossy } from '../type-compatibility.ts';

/**
 * The type that a mother's column gets so that it holds the values of another type as well, and none of its own changes; undefined if there is
 * none. `from` is what the database has, so it is stricter than `commonType`, which is asked before anything is loaded: an integer that is loaded
 * as text keeps its zeros in front, and one that is made a text has lost them.
 */
export function widerType(from: string, other: string): string | undefined {
  const common = normaliseTypeName(commonType(from, other));
  if (keepsValues(from, common)) return common;
  const areNumbers = [from, other].map(parsePostgresqlType).every((type) => type !== undefined && isNumber(type));
  return areNumbers && keepsValues(from, 'numeric') ? 'numeric' : undefined;
}

/** Whether each stored value is the same in the other type. Measured in test/job-runner/plan/mother/widening.test.ts. */
export function keepsValues(from: string, to: string): boolean {
  const [source, target] = [parsePostgresqlType(from), parsePostgresqlType(to)];
  if (source === undefined || target === undefined || source.array !== target.array || isLossy(from, to)) return false;
  if (source.name === target.name) return source.name !== 'citext';
  if (isInteger(source)) return isNumber(target);
  // Not real to double precision: 0.1 would become 0.10000000149011612.
  if (isFloat(source)) return target.name === 'numeric';
  if (source.name === 'date') return target.name === 'timestamp without time zone';
  if (source.name === 'character varying') return target.name === 'text';
  // Not bit to a longer bit, which gets zeros on the right.
  return source.name === 'bit' && target.name === 'bit varying';
}

/**
 * The expression of the values in the new type, where the cast that ALTER TABLE would use does not keep them: from double precision it keeps 15
 * digits, from real 6.
 */
export function wideningExpression(quotedColumn: string, from: string, to: string): string | undefined {
  const source = parsePostgresqlType(from);
  if (source === undefined || !isFloat(source) || normaliseTypeName(from) === normaliseTypeName(to)) return undefined;
  return source.array ? `${quotedColumn}::text[]::${to}` : `${quotedColumn}::text::${to}`;
}

/**
 * Whether ALTER COLUMN … TYPE rewrites the table. Otherwise only expression and partial indexes are built again, and CHECKs are read in full.
 * https://www.postgresql.org/docs/18/sql-altertable.html
 */
export function rewritesTable(from: string, to: string): boolean {
  const [source, target] = [parsePostgresqlType(from), parsePostgresqlType(to)];
  if (source === undefined || target === undefined || source.array) return true;
  if (source.name === 'numeric' && target.name === 'numeric')
    return target.parameters.length > 0 && source.parameters[1] !== target.parameters[1];
  if (source.name === target.name) return source.name === 'character';
  if (source.name === 'character varying') return target.name !== 'text';
  return source.name !== 'bit' || target.name !== 'bit varying' || target.parameters.length > 0;
}

function isNumber(type: PostgresqlType): boolean {
  return isInteger(type) || type.name === 'numeric' || isFloat(type);
}

function isFloat({ name }: PostgresqlType): boolean {
  return name === 'real' || name === 'double precision';
}
