import { parsePostgresqlType } from '../plan/postgresql-type.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { canBeBinary } from './csv-to-binary.ts';

/** The types that `webassembly/csv/binary.ts` can write. */
const KINDS: ReadonlyMap<string, number> = new Map([
  ['smallint', abi.KIND_SMALLINT],
  ['integer', abi.KIND_INTEGER],
  ['bigint', abi.KIND_BIGINT],
  ['boolean', abi.KIND_BOOLEAN],
  ['double precision', abi.KIND_DOUBLE],
  ['numeric', abi.KIND_NUMERIC],
  ['date', abi.KIND_DATE],
  ['timestamp without time zone', abi.KIND_TIMESTAMP],
  ['uuid', abi.KIND_UUID],
  ['text', abi.KIND_TEXT],
  ['character varying', abi.KIND_TEXT],
]);

/**
 * The kinds of a record's columns, or undefined if the table cannot be loaded in COPY's binary format. In that format
 * texts are in the connection's encoding, which node-postgres sets to UTF-8 whatever the role says, not in the one of
 * COPY's options.
 */
export function binaryKinds({ columns, copyColumns, format }: TablePlan): Uint8Array | undefined {
  if (!canBeBinary(format)) return undefined;
  const types = new Map(columns.map(({ name, type, conversion }) => [name, conversion?.stagedType ?? type]));
  const kinds = copyColumns.map((name) => kindOf(types.get(name) ?? ''));
  const known = kinds.filter((kind) => kind !== undefined);
  return kinds.length === 0 || known.length < kinds.length ? undefined : Uint8Array.from(known);
}

function kindOf(type: string): number | undefined {
  const parsed = parsePostgresqlType(type);
  return parsed === undefined || parsed.array ? undefined : KINDS.get(parsed.name);
}
