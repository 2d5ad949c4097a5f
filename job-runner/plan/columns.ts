import { DataError, ManifestError, shorten, type Location } from '../../crds/contract/errors.ts';
import { columnName } from './identifier.ts';
import { sourceColumnName } from './source-name.ts';
import type { Mother, MotherColumn, PlannedColumn, SchemaColumn } from './table-plan.ts';
import type { MappedType } from './type-map.ts';

/** A column of the header, the schema file and the mother table, by its name in PostgreSQL. */
export interface MatchedColumn {
  /** In the mother's spelling if the mother has the column. */
  readonly name: string;
  /** The name in the dump, in lower case; absent if only the mother has the column. */
  readonly dumpName?: string;
  readonly sourceType?: string;
  readonly binary?: SchemaColumn['binary'];
  readonly isInHeader: boolean;
  readonly mother?: MotherColumn;
}

/** A matched column and what it becomes in PostgreSQL. */
export interface DecidedColumn extends MatchedColumn {
  /** The source type as the dialect maps it; absent if the schema file does not name the column. */
  readonly mapped?: MappedType;
  readonly planned: PlannedColumn;
}

/** PostgreSQL's limit, MaxHeapAttributeNumber. https://www.postgresql.org/docs/18/limits.html */
export const MAX_COLUMNS = 1600;

/** The mother's columns in its order, then the other columns of the dump: those of the header in its order, then those only in the schema file. */
export function matchColumns(
  header: readonly string[],
  schemaColumns: readonly SchemaColumn[],
  mother: Mother | undefined,
  location: Location,
): MatchedColumn[] {
  const dump = dumpColumns(header, schemaColumns, location);
  const inherited = mother === undefined ? new Map<string, MotherColumn>() : motherColumns(mother, dump, location);
  const fromMother = [...inherited].map(([key, column]) => ({
    ...(dump.get(key) ?? { isInHeader: false }),
    name: column.name,
    mother: column,
  }));
  const own = [...dump].flatMap(([key, column]) => (inherited.has(key) ? [] : [{ ...column, name: key }]));
  const columns: MatchedColumn[] = [...fromMother, ...own];
  if (columns.length > MAX_COLUMNS) {
    const message = `the version table would have ${columns.length} columns; PostgreSQL allows at most ${MAX_COLUMNS}: split the table in the dump`;
    throw new DataError('TooManyColumns', message, location);
  }
  for (const column of columns) refuseGenerated(column, mother, location);
  return columns;
}

type DumpColumn = Omit<MatchedColumn, 'name' | 'mother'> & { readonly dumpName: string };

/** The dump's columns by their names in PostgreSQL. Two columns that would get the same name are refused. */
function dumpColumns(
  header: readonly string[],
  schemaColumns: readonly SchemaColumn[],
  location: Location,
): Map<string, DumpColumn> {
  const types = byName(schemaColumns, ({ name }) => name, 'the schema file', location);
  const headerNames = byName(header, (name) => name, 'the header', location);
  const columns = new Map<string, DumpColumn>();
  for (const dumpName of new Set([...headerNames.keys(), ...types.keys()])) {
    const key = columnName(dumpName);
    const other = columns.get(key)?.dumpName;
    if (other !== undefined) {
      const message = `columns ${shorten(other)} and ${shorten(dumpName)} would both become ${key}: rename one of them in the dump`;
      throw new DataError('DuplicateColumn', message, { ...location, column: key });
    }
    const { sourceType, binary } = types.get(dumpName) ?? {};
    columns.set(key, {
      dumpName,
      isInHeader: headerNames.has(dumpName),
      ...(sourceType === undefined ? {} : { sourceType }),
      ...(binary === undefined ? {} : { binary }),
    });
  }
  return columns;
}

function byName<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  where: string,
  location: Location,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const item of items) {
    const written = nameOf(item);
    const name = sourceColumnName(written);
    if (name === '' || name.includes('\0')) {
      const message = `${where} has a column name that is empty or contains a NUL character: fix the dump`;
      throw new DataError('ColumnName', message, location);
    }
    const other = found.get(name);
    if (other !== undefined) {
      const message = `${where} names the column ${shorten(nameOf(other))} and again ${shorten(written)} (case, and blanks or quotes around a name, do not matter): rename one in the dump`;
      throw new DataError('DuplicateColumn', message, { ...location, column: shorten(name) });
    }
    found.set(name, item);
  }
  return found;
}

/** The mother's columns by the names that match the dump's, in lower case: a mother that was created by hand may have upper case. */
function motherColumns(
  mother: Mother,
  dump: ReadonlyMap<string, DumpColumn>,
  location: Location,
): Map<string, MotherColumn> {
  const columns = new Map<string, MotherColumn>();
  for (const column of mother.columns) {
    const lower = column.name.toLowerCase();
    const other = columns.get(lower);
    if (other !== undefined && dump.has(lower)) {
      const message = `the mother table ${mother.name} has both ${other.name} and ${column.name}, which differ only in case, so the dump's ${lower} could be either: rename one`;
      throw new ManifestError('AmbiguousColumn', message, { ...location, column: lower });
    }
    // A second one that is not in the dump is only inherited; no column of a dump has this key.
    columns.set(other === undefined ? lower : `${column.name}\0`, column);
  }
  return columns;
}

function refuseGenerated(
  { name, isInHeader, mother: column }: MatchedColumn,
  mother: Mother | undefined,
  location: Location,
): void {
  if (!isInHeader || mother === undefined || column?.generated !== true) return;
  const message = `the mother table ${mother.name} computes ${name} itself (GENERATED ALWAYS AS), so the dump's values cannot be loaded: make it a plain column (ALTER TABLE … ALTER COLUMN … DROP EXPRESSION), rename it, or leave it out of the dump`;
  throw new ManifestError('GeneratedColumn', message, { ...location, column: name });
}
