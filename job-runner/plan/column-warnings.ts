import { shorten } from '../../crds/contract/errors.ts';
import type { DecidedColumn } from './columns.ts';
import { isSystemColumn } from './identifier.ts';
import { isLossy } from './type-compatibility.ts';
import type { Mother } from './table-plan.ts';
import type { TypeMap } from './type-map.ts';

/** The warnings about a table's columns: one sentence per kind, those about what may fail the load first. */
export function columnWarnings(
  columns: readonly DecidedColumn[],
  mother: Mother | undefined,
  typeMap: TypeMap,
): string[] {
  const motherName = mother?.name ?? '';
  const absent = columns.filter((column) => !column.isInHeader && column.mother?.generated !== true);
  const [required, optional] = [absent.filter(isRequired), absent.filter((column) => !isRequired(column))];
  return [
    sentence(
      required,
      (names) =>
        `the DAT file has no ${names}, which the mother ${motherName} has NOT NULL: without a default the load fails`,
    ),
    ...columns.flatMap((column) => fitWarning(column, motherName)),
    sentence(
      columns.filter((column) => column.mapped?.known === false && column.mother === undefined),
      (_, found) =>
        `the dialect ${typeMap.dialect} does not know the type of ${found.map(withSourceType).join(', ')}: loaded as text`,
    ),
    // A derived mother has such a column as text. If the mother has another type, a warning above says that values may not fit.
    sentence(
      columns.filter(
        ({ mapped, mother: inherited }) =>
          mapped?.known === false && inherited && !isLossy(mapped.type, inherited.type),
      ),
      (_, found) =>
        `the dialect ${typeMap.dialect} does not know the type of ${found.map(withSourceType).join(', ')}: loaded as text, as in the mother ${motherName}`,
    ),
    sentence(
      columns.filter((column) => column.isInHeader && column.sourceType === undefined && column.mother === undefined),
      (names) => `the schema file does not name ${names}: loaded as text`,
    ),
    sentence(
      columns.filter((column) => column.isInHeader && column.sourceType === undefined && column.mother !== undefined),
      (names) => `the schema file does not name ${names}: loaded in the mother's type, which values may not fit`,
    ),
    sentence(
      optional.filter((column) => column.mother === undefined),
      (names) => `the DAT file has no ${names}, which the schema file names: NULL in every row`,
    ),
    sentence(
      optional.filter((column) => column.mother !== undefined),
      (names) => `the DAT file has no ${names}, which the mother ${motherName} has: its default or NULL in every row`,
    ),
    ...columns.flatMap(renameWarning),
  ].filter((warning) => warning !== undefined);
}

function isRequired(column: DecidedColumn): boolean {
  return column.mother?.notNull === true;
}

function sentence(
  columns: readonly DecidedColumn[],
  write: (names: string, columns: readonly DecidedColumn[]) => string,
): string | undefined {
  if (columns.length === 0) return undefined;
  return shorten(write(columns.map((column) => column.name).join(', '), columns), 500);
}

function withSourceType({ name, sourceType = '' }: DecidedColumn): string {
  return `${name} (${shorten(sourceType, 60)})`;
}

function fitWarning({ name, mapped, mother, isInHeader }: DecidedColumn, motherName: string): string[] {
  if (!isInHeader || mapped === undefined || mother === undefined || !isLossy(mapped.type, mother.type)) return [];
  const known = mapped.known ? mapped.type : 'of an unknown type';
  return [
    `${name} is ${known} in the dump and ${mother.type} in the mother ${motherName}: a value that does not fit stops the load`,
  ];
}

function renameWarning({ name, dumpName }: DecidedColumn): string[] {
  if (dumpName === undefined || dumpName === name.toLowerCase()) return [];
  const why = isSystemColumn(dumpName)
    ? 'PostgreSQL has a system column of that name'
    : 'PostgreSQL allows names of at most 63 bytes';
  return [`the column ${shorten(dumpName)} is named ${name}: ${why}`];
}
