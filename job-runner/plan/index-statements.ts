import { createHash } from 'node:crypto';
import { ManifestError } from '../../crds/contract/errors.ts';
import { shortenIdentifier } from './identifier.ts';
import { quoteIdentifier, quoteQualified, type TableName } from './sql.ts';

/** A valid index of a mother table, as the database has it. */
export interface MotherIndex {
  readonly name: string;
  /** `PRIMARY KEY (…)`, `UNIQUE (…)`, `EXCLUDE …` for an index that belongs to a constraint. */
  readonly constraint: string | null;
  /** By `pg_get_indexdef`. */
  readonly definition: string;
  /** The beginning of `definition`, up to and including the table's name. */
  readonly prefix: string;
  readonly isUnique: boolean;
}

/**
 * The mother's indexes, and the constraints that they belong to, on another table. LIKE … INCLUDING INDEXES would make them too, but before the
 * load, and filling an index row by row costs more than building it once. Storage parameters of an index that belongs to a constraint stay at
 * their defaults, because `pg_get_constraintdef` leaves them out. The indexes are named after `versionTable`, the table's final name.
 */
export function indexStatements(
  indexes: readonly MotherIndex[],
  mother: TableName,
  table: TableName,
  versionTable: string,
): string[] {
  const target = quoteQualified(table.schema, table.name);
  const taken = new Set<string>();
  return indexes.map((index) => {
    const likely = indexName(index.name, mother.name, versionTable);
    const unquoted = taken.has(likely) ? otherName(likely, index.name) : likely;
    const name = quoteIdentifier(unquoted);
    taken.add(unquoted);
    return index.constraint !== null
      ? `ALTER TABLE ${target} ADD CONSTRAINT ${name} ${index.constraint}`
      : `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${name} ON ${target}${afterTableName(index, mother)}`;
  });
}

/** `rides_pkey` of `rides` is `v1_rides_pkey` of `v1_rides`. */
export function indexName(index: string, mother: string, versionTable: string): string {
  // A function, because `$&` and the like have a meaning in a replacement text.
  return shortenIdentifier(
    index.includes(mother) ? index.replace(mother, () => versionTable) : `${versionTable}_${index}`,
  );
}

/** For `idx` and `rides_idx` of `rides`, which would have the same name on `v1_rides`. */
function otherName(likely: string, index: string): string {
  return shortenIdentifier(`${createHash('sha256').update(index).digest('hex').slice(0, 8)}_${likely}`);
}

/** The text of an index's definition from `USING` on. */
function afterTableName({ name, definition, prefix }: MotherIndex, mother: TableName): string {
  if (definition.startsWith(prefix)) return definition.slice(prefix.length);
  const message = `index ${name} of ${mother.schema}.${mother.name} has an unexpected definition: set spec.motherTables.indexes to None`;
  throw new ManifestError('UnknownIndex', message, { table: mother.name });
}
