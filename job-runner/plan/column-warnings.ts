import { shorten } from '../../crds/contract/errors.ts';
import type { DecidedColumn } from './columns.ts';
import { isSystemColumn } from './identifier.ts';
import { isLossy } from './type-compatibility.ts';
import type { Mother } from './table-plan.ts';
import type { TypeMap } from './type-map.ts';

/** What a person should know of a column plan: one sentence for each kind of thing, the ones that may stop the load first. */
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
        `the DAT file lacks ${names}, NOT NULL in the mother ${motherName}: without a default there the load is refused`,
    ),
    ...columns.flatMap((column) => fitWarning(column, motherName)),
    sentence(
      columns.filter((column) => column.mapped?.known === false && column.mother === undefined),
      (_, found) =>
        `the dialect ${typeMap.dialect} does not know the type of ${found.map(withSourceType).join(', ')}: text`,
    ),
    // A mother that is derived has such a column as text, too. Where the mother's type is another one, that the values may not fit is said above.
    sentence(
      columns.filter(
        ({ mapped, mother: inherited }) =>
          mapped?.known === false && inherited && !isLossy(mapped.type, inherited.type),
      ),
      (_, found) =>
        `the dialect ${typeMap.dialect} does not know the type of ${found.map(withSourceType).join(', ')}: text, as in the mother ${motherName}`,
    ),
    sentence(
      columns.filter((column) => column.isInHeader && column.sourceType === undefined && column.mother === undefined),
      (names) => `the schema file does not name ${names}: text`,
    ),
    sentence(
      columns.filter((column) => column.isInHeader && column.sourceType === undefined && column.mother !== undefined),
      (names) => `the schema file does not name ${names}: the mother's type, which the values may not fit`,
    ),
    sentence(
      optional.filter((column) => column.mother === undefined),
      (names) => `the DAT file lacks ${names} of the schema file: NULL in every row`,
    ),
    sentence(
      optional.filter((column) => column.mother !== undefined),
      (names) => `the DAT file lacks ${names} of the mother ${motherName}: the mother's default in every row, or NULL`,
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
    : 'PostgreSQL takes names of at most 63 bytes';
  return [`the column ${shorten(dumpName)} is named ${name}: ${why}`];
}
