import { createHash } from 'node:crypto';

/** What determines the values of a version table. */
export interface DigestedPlan {
  /** The loaded columns: name, type and notation. */
  readonly columns: readonly (readonly [name: string, type: string, binary: string | null])[];
  /** Of the format, and what only the schema file has. */
  readonly others: readonly unknown[];
}

/**
 * `loadedAs` has the types that columns had when the table was loaded, where the table was widened since: values in the wider type are those that
 * a load into it would have brought, so it is the same content.
 */
export function digestOf({ columns, others }: DigestedPlan, loadedAs: Readonly<Record<string, string>> = {}): string {
  const asLoaded = columns.map(([name, type, binary]) => [
    name,
    Object.hasOwn(loadedAs, name) ? loadedAs[name] : type,
    binary,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([asLoaded, ...others]))
    .digest('hex');
}
