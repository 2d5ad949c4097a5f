import { DataError, ManifestError, shorten, type Location } from '../../crds/contract/errors.ts';
import { columnName } from './identifier.ts';
import { sourceColumnName } from './source-name.ts';
import type { Mother, MotherColumn, PlannedColumn, SchemaColumn } from './table-plan.ts';
import type { MappedType } from './type-map.ts';

/** A column as the header, the schema file and the mother know it, by the name that it has in PostgreSQL. */
export interface MatchedColumn {
  /** The mother's own spelling where it has the column. */
  readonly name: string;
  /** The name in the dump, in lower case; absent where only the mother has the column. */
  readonly dumpName?: string;
  readonly sourceType?: string;
  readonly isInHeader: boolean;
  readonly mother?: MotherColumn;
}

/** A matched column with what becomes of it. */
export interface DecidedColumn extends MatchedColumn {
  /** What the dialect makes of the source type; absent where the schema file does not name the column. */
  readonly mapped?: MappedType;
  readonly planned: PlannedColumn;
}

/** PostgreSQL's own bound, MaxHeapAttributeNumber. https://www.postgresql.org/docs/18/limits.html */
export const MAX_COLUMNS = 1600;

/** The mother's columns in the mother's order, then the dump's own: the header's order, then those that only the schema file has. */
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
    const message = `the version table would have ${columns.length} columns; PostgreSQL takes at most ${MAX_COLUMNS}: split the table in the dump`;
    throw new DataError('TooManyColumns', message, location);
  }
  for (const column of columns) refuseGenerated(column, mother, location);
  return columns;
}

type DumpColumn = Omit<MatchedColumn, 'name' | 'mother'> & { readonly dumpName: string };

/** The dump's columns by the names that they get. Two columns that would get one name are refused, whichever way they came to it. */
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
    const sourceType = types.get(dumpName)?.sourceType;
    columns.set(key, {
      dumpName,
      isInHeader: headerNames.has(dumpName),
      ...(sourceType === undefined ? {} : { sourceType }),
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
      const message = `${where} has a column whose name is empty or holds a NUL character: mend the dump`;
      throw new DataError('ColumnName', message, location);
    }
    const other = found.get(name);
    if (other !== undefined) {
      const message = `${where} names the column ${shorten(nameOf(other))} and again ${shorten(written)} (upper and lower case, blanks and quotes around them do not count): rename one in the dump`;
      throw new DataError('DuplicateColumn', message, { ...location, column: shorten(name) });
    }
    found.set(name, item);
  }
  return found;
}

/** The mother's columns by the names under which the dump's columns find them: a mother made by hand may use upper case. */
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
      const message = `the mother table ${mother.name} has both ${other.name} and ${column.name}, which differ in case alone, so the dump's ${lower} could be either: rename one`;
      throw new ManifestError('AmbiguousColumn', message, { ...location, column: lower });
    }
    // A second one of the kind that the dump does not speak of is merely inherited, under a key that no dump's column has.
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
