import type { BinaryNotation } from '../plan/binary-notation.ts';
import { highCharacters } from '../plan/encoded-text.ts';
import { isUtf8 } from '../plan/encodings.ts';
import { parsePostgresqlType, type PostgresqlType } from '../plan/postgresql-type.ts';
import type { PlannedColumn, TablePlan } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import type { ColumnKind } from './row-memory.ts';
import { isComposed } from './values/read-composed.ts';
import { NARROW } from './values/read-narrow.ts';
import type { ValueColumn } from './values/reading.ts';

/** A column of a record: how WebAssembly reads it, and how the values that it leaves open are read. */
export interface ReaderColumn extends ColumnKind {
  readonly planned: PlannedColumn;
  /** Undefined where each value is text, or left to PostgreSQL. */
  readonly value: ValueColumn | undefined;
  readonly isNotNull: boolean;
}

/** The types that `webassembly/csv/rows.ts` can write in COPY's binary format. */
const BINARY_KINDS: ReadonlyMap<string, number> = new Map([
  ['smallint', abi.KIND_SMALLINT],
  ['integer', abi.KIND_INTEGER],
  ['bigint', abi.KIND_BIGINT],
  ['boolean', abi.KIND_BOOLEAN],
  ['double precision', abi.KIND_DOUBLE],
  ['numeric', abi.KIND_NUMERIC],
  ['date', abi.KIND_DATE],
  ['timestamp without time zone', abi.KIND_TIMESTAMP],
  ['timestamp with time zone', abi.KIND_TIMESTAMPTZ],
  ['uuid', abi.KIND_UUID],
  ['text', abi.KIND_TEXT],
  ['character varying', abi.KIND_BOUNDED],
]);

/** Those of which some spellings change a value without an error, beside the ones above. */
const DOUBTFUL = /^(?:real|character|bytea|time with(?:out)? time zone|interval.*)$/;

/** Whose values only PostgreSQL's input functions read. */
const TEXT_KINDS: readonly number[] = [abi.KIND_AS_IS, abi.KIND_DOUBT, abi.KIND_JSON];

const UNBOUNDED = 0xffffffff;
/** NUMERIC_DSCALE_MAX */
const MAX_SCALE = 16383;

/** The columns of a DAT record, in its order. */
export function readerColumns({ columns, copyColumns, format, mother }: TablePlan): readonly ReaderColumn[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const notNull = new Set(mother?.columns.filter((column) => column.notNull).map(({ name }) => name));
  return copyColumns.map((name) => {
    const planned = byName.get(name);
    if (planned === undefined) throw new Error(`the plan copies into ${name}, which it does not have`);
    const { parts } = planned;
    const type = valueType(planned.valueType ?? planned.type, parts !== undefined);
    const value = type && {
      type,
      parts,
      binary: planned.binary,
      isLossy: planned.isLossy,
      isExact: planned.isExact === true,
      isFromText: planned.isFromText === true,
      isPostgresql: format.isPostgresql,
      dateOrder: format.dateOrder,
      zeroDates: format.zeroDates,
      decimalSeparator: format.decimalSeparator,
    };
    const { encoding } = planned;
    const common = { planned, value, encoding, isNotNull: notNull.has(name) };
    if (planned.binary !== undefined) return { ...common, ...binaryKind(planned.binary, type) };
    const known = kindOf(type, planned.isLossy || planned.isExact === true, format.decimalSeparator);
    const isDoubtful =
      hasDoubtfulElements(type, planned.isLossy || !format.isPostgresql) ||
      parts !== undefined ||
      (planned.isFromText === true && known.kind !== abi.KIND_AS_IS);
    return { ...common, ...known, ...(isDoubtful ? { kind: abi.KIND_DOUBT } : {}) };
  });
}

/**
 * Whether COPY's binary format is for this table. In it texts are in the connection's encoding, which node-postgres has as UTF-8 whatever the
 * role says, and not in one that COPY names.
 */
export function canBeBinary(columns: readonly ReaderColumn[], { encoding }: TablePlan['format']): boolean {
  const isKnown = ({ kind }: ReaderColumn) => !TEXT_KINDS.includes(kind);
  return columns.length > 0 && columns.every(isKnown) && (isUtf8(encoding) || highCharacters(encoding) !== undefined);
}

/** `"char"` is the one built-in type with a quoted name, which no manifest can write into DDL; names of the user's own types are not read. */
function valueType(type: string, hasParts: boolean): PostgresqlType | undefined {
  if (hasParts) return { name: 'record', parameters: [], array: type.endsWith('[]') };
  const [, name, brackets] = /^("char")(\[\])?$/.exec(type) ?? [];
  if (name === undefined) return parsePostgresqlType(type);
  return { name, parameters: [], array: brackets !== undefined };
}

function binaryKind(notation: BinaryNotation, type: PostgresqlType | undefined): Pick<ColumnKind, 'kind' | 'bound'> {
  const bits = Number(type?.parameters[0] ?? '1');
  switch (notation) {
    case 'Hex':
      return { kind: abi.KIND_HEX, bound: abi.HEX_ANY };
    case 'PrefixedHex':
      return { kind: abi.KIND_HEX, bound: abi.HEX_PREFIXED };
    case 'Base64':
      return { kind: abi.KIND_BASE64, bound: UNBOUNDED };
    case 'Raw':
      return { kind: abi.KIND_RAW, bound: abi.RAW_SETTLED };
    case 'OpenBytes':
      return { kind: abi.KIND_RAW, bound: abi.RAW_UNSEEN };
    case 'ClosedBytes':
      return { kind: abi.KIND_DOUBT, bound: UNBOUNDED };
    case 'Bits':
      return { kind: abi.KIND_BITS, bound: bits };
    case 'RawBits':
      return { kind: abi.KIND_RAW_BITS, bound: bits };
    case 'OpenBits':
      return { kind: abi.KIND_OPEN_BITS, bound: bits };
    case 'Base64Bits':
      return { kind: abi.KIND_BASE64_BITS, bound: bits };
  }
}

/** PostgreSQL's own arrays have values of their type, but spelled by its settings: of texts nothing can be read in another way. */
function hasDoubtfulElements(type: PostgresqlType | undefined, isForeign: boolean): boolean {
  if (type?.array !== true) return false;
  return (
    isForeign || ![abi.KIND_AS_IS, abi.KIND_TEXT].includes(kindOf({ ...type, array: false }, false, undefined).kind)
  );
}

/** Whether the bytes of a column of this kind are no characters. */
export function isRaw(kind: number): boolean {
  return kind === abi.KIND_RAW || kind === abi.KIND_RAW_BITS || kind === abi.KIND_OPEN_BITS;
}

/** Whether the source has an offset for each value: MSSQL's datetimeoffset, and not MySQL's timestamp, which is UTC. */
export function hasOffset({ planned }: ReaderColumn): boolean {
  return /offset|\btz\b|timestamptz|with time zone/i.test(planned.sourceType ?? '');
}

/** The most bytes of output for each byte of input. In text one digit and its delimiter may become all bits of a number, and one more character. */
export function expansionOf(columns: readonly ColumnKind[], isText: boolean): number {
  if (!isText) return abi.BINARY_EXPANSION;
  const bits = columns.filter(({ kind }) => kind >= abi.KIND_BITS && kind <= abi.KIND_BASE64_BITS);
  return Math.max(abi.TEXT_EXPANSION, ...bits.map(({ bound }) => Math.ceil(((bound & abi.BITS_NUMBER) + 2) / 2)));
}

function kindOf(
  type: PostgresqlType | undefined,
  isLossy: boolean,
  decimalSeparator: '.' | ',' | undefined,
): Pick<ColumnKind, 'kind' | 'bound'> {
  if (type === undefined || type.array) return { kind: abi.KIND_AS_IS, bound: UNBOUNDED };
  const [first, second = '0'] = type.parameters;
  const kind = BINARY_KINDS.get(type.name);
  // With a decimal comma 1.234 is another number than it looks like.
  if (decimalSeparator === ',' && (kind === abi.KIND_NUMERIC || kind === abi.KIND_DOUBLE))
    return { kind: abi.KIND_DOUBT, bound: UNBOUNDED };
  if (kind === abi.KIND_NUMERIC) {
    const scale = first === undefined ? MAX_SCALE : Number(second);
    return { kind: scale < 0 ? abi.KIND_DOUBT : kind, bound: Math.max(scale, 0) };
  }
  if (kind === abi.KIND_DOUBLE) return { kind: isLossy ? abi.KIND_DOUBT : kind, bound: UNBOUNDED };
  if (kind === abi.KIND_TIMESTAMP || kind === abi.KIND_TIMESTAMPTZ) return { kind, bound: Number(first ?? '6') };
  if (kind === abi.KIND_BOUNDED)
    return first === undefined ? { kind: abi.KIND_TEXT, bound: UNBOUNDED } : { kind, bound: Number(first) };
  if (kind !== undefined) return { kind, bound: UNBOUNDED };
  if (type.name === 'jsonb') return { kind: abi.KIND_JSON, bound: UNBOUNDED };
  const isDoubtful = [DOUBTFUL, NARROW].some((names) => names.test(type.name)) || isComposed(type.name);
  return { kind: isDoubtful ? abi.KIND_DOUBT : abi.KIND_AS_IS, bound: UNBOUNDED };
}
