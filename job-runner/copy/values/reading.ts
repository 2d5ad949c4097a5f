import type { SqlStateCode } from '../../../crds/contract/error-codes/postgresql.ts';
import type { BinaryNotation } from '../../plan/binary-notation.ts';
import type { PostgresqlType } from '../../plan/postgresql-type.ts';
import type { TypeParts } from '../../plan/table-plan.ts';

/** The order of day, month and year in dates of digits that do not begin with the year. */
export type DateOrder = 'DMY' | 'MDY' | 'YMD';

/** A column of the staging table, as far as it decides what may become of a value. */
export interface ValueColumn {
  readonly type: PostgresqlType;
  /** What its values, or the elements of an array, consist of, where it has a type of the user's own. */
  readonly parts?: TypeParts | undefined;
  /** How the source writes bytes or bits; undefined for a column of any other type. */
  readonly binary: BinaryNotation | undefined;
  /** Whether the source's own type may have values that this one cannot keep: a floating-point value must then come out as it was written. */
  readonly isLossy: boolean;
  /** Whether its digits count in the source: a floating-point value must then come out as it was written, whatever its own digits are. */
  readonly isExact: boolean;
  /** Whether a value is a text in the source, where 007 is not 7. */
  readonly isFromText: boolean;
  /** Whether the source is PostgreSQL. */
  readonly isPostgresql: boolean;
  readonly dateOrder: DateOrder | undefined;
  /** Undefined where the dump's numbers have a point, and no separator that could be taken for another. */
  readonly decimalSeparator: '.' | ',' | undefined;
  /** What becomes of MySQL's 0000-00-00. */
  readonly zeroDates: 'Null' | 'Fail' | 'Text';
}

export type ValueProblem =
  /** PostgreSQL's own refusal. */
  | SqlStateCode
  | 'ValueRounded'
  | 'ValueCut'
  | 'ValueEmpty'
  | 'ValueIsNull'
  | 'NotHexadecimal'
  | 'NotBase64'
  | 'NotBits'
  | 'BinaryUnclear'
  | 'TimeOfDayLost'
  | 'TimeZoneLost'
  | 'DateOrderUnknown'
  | 'ZeroDate'
  | 'DecimalSeparatorUnknown'
  | 'ValueUnclear';

/**
 * What becomes of a value. PostgreSQL's input functions round, drop an offset, guess the order of day and month or take words such as `today`
 * without an error; no value reaches one of them before it was read here or by the same rules in WebAssembly.
 */
export type Reading =
  /** PostgreSQL makes exactly this value of it, or refuses it. */
  | 'AsIs'
  /** The same value in a spelling that leaves no doubt; null is NULL. */
  | { readonly instead: string | null }
  /** PostgreSQL would make another value of it, and `reason` says which part would be lost, to be put behind the value. */
  | { readonly problem: ValueProblem; readonly reason: string };
