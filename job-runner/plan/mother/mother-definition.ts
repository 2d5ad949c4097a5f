import { ManifestError, shorten } from '../../../crds/contract/errors.ts';
import type { MotherTables } from '../../../crds/contract/task.ts';
import { isSystemColumn } from '../identifier.ts';
import type { ExistingRelation } from './mother-plan.ts';
import { isWithinLimits, normaliseTypeName, parsePostgresqlType } from '../postgresql-type.ts';
import { IDENTIFIER_BYTES } from '../sql.ts';

export type MotherDefinition = MotherTables['definitions'][number];

/** The definitions by the dumps' name for their table, that is, in lower case; refused where PostgreSQL could not take them as they are. */
export function readDefinitions(definitions: readonly MotherDefinition[]): Map<string, MotherDefinition> {
  const found = new Map<string, MotherDefinition>();
  for (const definition of definitions) {
    const table = definition.name.toLowerCase();
    checkName(definition.name, definition);
    if (found.has(table)) throw definitionError(definition, 'it is defined twice (upper and lower case do not count)');
    checkColumns(definition);
    found.set(table, definition);
  }
  return found;
}

function checkColumns(definition: MotherDefinition): void {
  const names = new Set<string>();
  for (const { name, type } of definition.columns) {
    checkName(name, definition);
    const lower = name.toLowerCase();
    if (names.has(lower))
      throw definitionError(definition, `it has the column ${name} twice (upper and lower case do not count)`, name);
    names.add(lower);
    if (isSystemColumn(lower))
      throw definitionError(definition, `PostgreSQL has a system column ${name}: choose another name`, name);
    const parsed = parsePostgresqlType(type);
    if (parsed === undefined || !isWithinLimits(parsed)) {
      const problem = `the type of column ${name}, ${shorten(type, 60)}, is no plain PostgreSQL type such as text, numeric(12,2) or timestamp(3)`;
      throw definitionError(definition, problem, name);
    }
  }
}

/** Names longer than PostgreSQL's are shortened where a dump has them; a person who writes one shall know what it becomes. */
function checkName(name: string, definition: MotherDefinition): void {
  if (name.includes('\0')) throw definitionError(definition, 'a name holds a NUL character');
  if (Buffer.byteLength(name) > IDENTIFIER_BYTES) {
    throw definitionError(
      definition,
      `the name ${name} has more than ${IDENTIFIER_BYTES} bytes, which PostgreSQL would cut`,
    );
  }
}

/** Refuses an existing table that is not what its definition says; that it has grown further columns is a warning. */
export function compareWithExisting(definition: MotherDefinition, existing: ExistingRelation): string[] {
  const columns = new Map(existing.columns.map((column) => [column.name, column]));
  const problems = definition.columns.flatMap(({ name, type, notNull }) => {
    const column = columns.get(name);
    if (column === undefined) return [`it has no column ${name}`];
    if (!isSameType(type, column.type)) return [`its column ${name} is ${column.type}, not ${type}`];
    return notNull && !column.notNull ? [`its column ${name} is not NOT NULL`] : [];
  });
  if (problems.length > 0) {
    const message = `the existing mother table ${existing.name} differs from its definition in spec.motherTables: ${problems.join('; ')}. Change the definition or the table, or say policy: Recreate to have it made anew`;
    throw new ManifestError('MotherDiffers', message, { table: existing.name });
  }
  const defined = new Set(definition.columns.map(({ name }) => name));
  const further = existing.columns.filter(({ name }) => !defined.has(name)).map(({ name }) => name);
  return further.length === 0
    ? []
    : [`the existing mother ${existing.name} has columns that its definition lacks: ${further.join(', ')}`];
}

/** A type may be written with or without its schema; `format_type` leaves it out where the search path has it. */
function isSameType(defined: string, existing: string): boolean {
  const [one, other] = [normaliseTypeName(defined), normaliseTypeName(existing)];
  if (one === other) return true;
  const withoutSchema = (type: string) => type.replace(/^[^.(]+\./, '');
  return one.includes('.') !== other.includes('.') && withoutSchema(one) === withoutSchema(other);
}

function definitionError(definition: MotherDefinition, problem: string, column?: string): ManifestError {
  const message = `the mother table ${shorten(definition.name)} cannot be made as spec.motherTables defines it: ${problem}`;
  return new ManifestError('MotherDefinition', message, {
    table: definition.name,
    ...(column === undefined ? {} : { column }),
  });
}
