import { parsePostgresqlType } from '../plan/postgresql-type.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { canBeBinary } from './csv-to-binary.ts';

/** What `webassembly/csv/csv-to-binary.ts` can write, in the order of its `Kind`: the types of each. */
const COLUMN_KINDS = [
  ['smallint'],
  ['integer'],
  ['bigint'],
  ['boolean'],
  ['double precision'],
  ['numeric'],
  ['date'],
  ['timestamp without time zone'],
  ['uuid'],
  ['text', 'character varying'],
];

/**
 * The kinds of a record's columns, or undefined where COPY's binary format is not for this table. In that format texts are in the connection's
 * encoding, which node-postgres has as UTF-8 whatever the role says, and not in one that COPY names.
 */
export function binaryKinds({ columns, copyColumns, format }: TablePlan): Uint8Array | undefined {
  if (!canBeBinary(format)) return undefined;
  const types = new Map(columns.map(({ name, type, conversion }) => [name, conversion?.stagedType ?? type]));
  const kinds = copyColumns.map((name) => kindOf(types.get(name) ?? ''));
  return kinds.length === 0 || kinds.includes(-1) ? undefined : Uint8Array.from(kinds);
}

function kindOf(type: string): number {
  const parsed = parsePostgresqlType(type);
  return parsed === undefined || parsed.array ? -1 : COLUMN_KINDS.findIndex((types) => types.includes(parsed.name));
}
