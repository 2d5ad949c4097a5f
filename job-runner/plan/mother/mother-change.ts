import { shorten } from '../../../crds/contract/errors.ts';
import { quoteIdentifier, quoteQualified, type TableName } from '../sql.ts';
import type { Mother, MotherColumn } from '../table-plan.ts';
import { rewritesTable, wideningExpression } from './widening.ts';

/** A change of an existing mother and all its versions, by which no value changes. */
export type MotherChange = AddedColumn | WidenedColumn | NullableColumn;

interface ChangeBase {
  readonly column: string;
  /** The dumps whose tables need it. */
  readonly dumps: readonly string[];
}
export interface AddedColumn extends ChangeBase {
  readonly does: 'Add';
  readonly type: string;
  readonly notNull: boolean;
}
export interface WidenedColumn extends ChangeBase {
  readonly does: 'Widen';
  readonly from: string;
  readonly type: string;
  /** The dump of a version that has the column as it is. */
  readonly heldFor?: string | undefined;
  /** Where it is not the type's own. ALTER COLUMN … TYPE sets it back to that. */
  readonly collation?: TableName;
  /** The sequences of the column that end before its new type does. */
  readonly sequences?: readonly TableName[];
}
export interface NullableColumn extends ChangeBase {
  readonly does: 'AllowNull';
}

/** The changes of a mother, and what they cost. */
export interface MotherChanges {
  readonly list: readonly MotherChange[];
  /** The columns as they are. */
  readonly before: readonly MotherColumn[];
  /** The mother and its versions, all of them locked against readers until the end; 0 before the database was asked. */
  readonly tables: number;
  /** Their bytes with indexes if they are rewritten, 0 if not. */
  readonly rewrittenBytes: number;
}

/** The types of the columns that are widened, as they are: those by which the versions were loaded. */
export function typesBefore(changes: readonly MotherChange[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    changes.flatMap((change) => (change.does === 'Widen' ? [[change.column, change.from]] : [])),
  );
}

export function rewrites(change: MotherChange): boolean {
  return change.does === 'Widen' && rewritesTable(change.from, change.type);
}

/** In their order, all of one transaction. */
export function changeStatements(mother: TableName, changes: readonly MotherChange[]): string[] {
  if (changes.length === 0) return [];
  const table = quoteQualified(mother.schema, mother.name);
  // Without ONLY it locks the versions as well, before any of them is rewritten.
  const lock = `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`;
  const inherited = changes.flatMap((change) => inheritedClause(change) ?? []);
  const nullable = changes.filter(({ does }) => does === 'AllowNull');
  const sequences = changes.flatMap((change) => (change.does === 'Widen' ? (change.sequences ?? []) : []));
  return [
    lock,
    ...(inherited.length === 0 ? [] : [`ALTER TABLE ${table}\n  ${inherited.join(',\n  ')}`]),
    // The versions that have the column keep it NOT NULL.
    ...nullable.map(({ column }) => `ALTER TABLE ONLY ${table} ALTER COLUMN ${quoteIdentifier(column)} DROP NOT NULL`),
    ...sequences.map(({ schema, name }) => `ALTER SEQUENCE ${quoteQualified(schema, name)} AS bigint`),
  ];
}

function inheritedClause(change: MotherChange): string | undefined {
  const column = quoteIdentifier(change.column);
  if (change.does === 'Add') return `ADD COLUMN ${column} ${change.type}${change.notNull ? ' NOT NULL' : ''}`;
  if (change.does === 'AllowNull') return undefined;
  const { from, type, collation } = change;
  const collate = collation === undefined ? '' : ` COLLATE ${quoteQualified(collation.schema, collation.name)}`;
  const expression = wideningExpression(column, from, type);
  return `ALTER COLUMN ${column} TYPE ${type}${collate}${expression === undefined ? '' : ` USING ${expression}`}`;
}

/** The columns as they are after the changes. */
export function changedColumns(
  columns: readonly MotherColumn[],
  changes: readonly MotherChange[],
): readonly MotherColumn[] {
  const changed = columns.map((column) => {
    const own = changes.filter((change) => change.column === column.name);
    const widened = own.find((change) => change.does === 'Widen');
    const notNull = column.notNull && !own.some(({ does }) => does === 'AllowNull');
    return { ...column, notNull, ...(widened === undefined ? {} : { type: widened.type }) };
  });
  const added = changes.flatMap((change) =>
    change.does === 'Add'
      ? [{ name: change.column, type: change.type, notNull: change.notNull, generated: false }]
      : [],
  );
  return [...changed, ...added];
}

/** For a preview. */
export function changedMother(mother: Mother, changes: readonly MotherChange[]): Mother {
  return { ...mother, columns: changedColumns(mother.columns, changes) };
}

/** For messages: what the mother cannot do, with both versions. */
export function describeChange(change: MotherChange): string {
  const dumps = `for ${change.dumps.length === 0 ? 'its definition' : shorten(change.dumps.join(', '), 100)}`;
  switch (change.does) {
    case 'Add':
      return `get the column ${change.column} ${change.type} ${dumps}`;
    case 'Widen': {
      const before = change.heldFor === undefined ? '' : ` (${change.heldFor})`;
      return `have ${change.column} changed from ${change.from}${before} to ${change.type} ${dumps}`;
    }
    case 'AllowNull':
      return `drop NOT NULL of ${change.column} ${dumps}`;
  }
}
