import { ManifestError, shorten } from '../../../crds/contract/errors.ts';
import type { MotherTables } from '../../../crds/contract/task.ts';
import { isSystemColumn } from '../identifier.ts';
import type { Contract } from './judge-versions.ts';
import type { MotherChange } from './mother-change.ts';
import type { ExistingRelation } from './mother-plan.ts';
import { keepsValues } from './widening.ts';
import { isWithinLimits, normaliseTypeName, parsePostgresqlType } from '../postgresql-type.ts';
import { IDENTIFIER_BYTES } from '../sql.ts';

export type MotherDefinition = MotherTables['definitions'][number];

/** The definitions by their table's name in the dumps, in lower case. Refuses those that PostgreSQL could not create as they are. */
export function readDefinitions(definitions: readonly MotherDefinition[]): Map<string, MotherDefinition> {
  const found = new Map<string, MotherDefinition>();
  for (const definition of definitions) {
    const table = definition.name.toLowerCase();
    checkName(definition.name, definition);
    if (found.has(table)) throw definitionError(definition, 'it is defined twice (case does not matter)');
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
      throw definitionError(definition, `it has the column ${name} twice (case does not matter)`, name);
    names.add(lower);
    if (isSystemColumn(lower))
      throw definitionError(definition, `PostgreSQL has a system column ${name}: choose another name`, name);
    const parsed = parsePostgresqlType(type);
    if (parsed === undefined || !isWithinLimits(parsed)) {
      const problem = `the type of column ${name}, ${shorten(type, 60)}, is not a plain PostgreSQL type such as text, numeric(12,2) or timestamp(3)`;
      throw definitionError(definition, problem, name);
    }
  }
}

/** Too long names are shortened if they come from a dump; whoever writes one in a manifest should choose the short name. */
function checkName(name: string, definition: MotherDefinition): void {
  if (name.includes('\0')) throw definitionError(definition, 'a name contains a NUL character');
  if (Buffer.byteLength(name) > IDENTIFIER_BYTES) {
    throw definitionError(
      definition,
      `the name ${name} has more than ${IDENTIFIER_BYTES} bytes, which PostgreSQL would truncate`,
    );
  }
}

/**
 * Refuses an existing table that differs from its definition and that the contract does not let become it. Additional columns are only a warning.
 * `dumps` are those that are to be loaded below it.
 */
export function compareWithExisting(
  definition: MotherDefinition,
  existing: ExistingRelation,
  { newColumns, changedTypes }: Contract,
  dumps: readonly string[],
): { readonly warnings: readonly string[]; readonly changes: readonly MotherChange[] } {
  const columns = new Map(existing.columns.map((column) => [column.name, column]));
  const changes: MotherChange[] = [];
  const problems = definition.columns.flatMap(({ name, type, notNull }) => {
    const column = columns.get(name);
    if (column === undefined) {
      if (newColumns !== 'Evolve') return [`it has no column ${name}`];
      changes.push({ does: 'Add', column: name, type: normaliseTypeName(type), notNull, dumps });
      return [];
    }
    if (!isSameType(type, column.type)) {
      const mayWiden = changedTypes === 'Evolve' && column.baseType === undefined && keepsValues(column.type, type);
      if (!mayWiden) return [`its column ${name} is ${column.type}, not ${type}`];
      changes.push({ does: 'Widen', column: name, from: column.type, type: normaliseTypeName(type), dumps });
    }
    return notNull && !column.notNull ? [`its column ${name} is not NOT NULL`] : [];
  });
  if (problems.length > 0) {
    const message = `the existing mother table ${existing.name} differs from its definition in spec.motherTables: ${problems.join('; ')}. Change the definition or the table, or set policy: Recreate`;
    throw new ManifestError('MotherDiffers', message, { table: existing.name });
  }
  const defined = new Set(definition.columns.map(({ name }) => name));
  const further = existing.columns.filter(({ name }) => !defined.has(name)).map(({ name }) => name);
  const warnings =
    further.length === 0
      ? []
      : [
          `the existing mother table ${existing.name} has columns that are not in its definition: ${further.join(', ')}`,
        ];
  return { warnings, changes };
}

/** A type may be written with or without its schema; `format_type` omits a schema that is in the search path. */
function isSameType(defined: string, existing: string): boolean {
  const [one, other] = [normaliseTypeName(defined), normaliseTypeName(existing)];
  if (one === other) return true;
  const withoutSchema = (type: string) => type.replace(/^[^.(]+\./, '');
  return one.includes('.') !== other.includes('.') && withoutSchema(one) === withoutSchema(other);
}

function definitionError(definition: MotherDefinition, problem: string, column?: string): ManifestError {
  const message = `the mother table ${shorten(definition.name)} cannot be created as spec.motherTables defines it: ${problem}`;
  return new ManifestError('MotherDefinition', message, {
    table: definition.name,
    ...(column === undefined ? {} : { column }),
  });
}
