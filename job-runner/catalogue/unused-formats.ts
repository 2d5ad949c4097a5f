import type { Format } from '../../crds/contract/format.ts';
import { matchesPattern } from '../../crds/contract/name-pattern.ts';
import { sourceColumnName } from '../plan/source-name.ts';

/** A warning for each item of `spec.format.tables` that applies to no table, which is most likely a mistake in its pattern. */
export function warnOfUnusedFormats({ tables }: Pick<Format, 'tables'>, names: readonly string[]): readonly string[] {
  const used = new Set(names.map((name) => tables.findIndex(({ match }) => matchesPattern(match, name))));
  return tables.flatMap(({ match }, index) =>
    used.has(index)
      ? []
      : [
          `spec.format.tables[${index}] (${match}) applies to no table: check its pattern, and whether an earlier one matches as well`,
        ],
  );
}

/** A warning for each column of `columnEncodings` that no table has: its values would be read in the encoding of the rest. */
export function warnOfUnusedEncodings(
  { columnEncodings = {}, tables }: Pick<Format, 'columnEncodings' | 'tables'>,
  columns: readonly string[],
): readonly string[] {
  const known = new Set(columns.map(sourceColumnName));
  const named = [
    ['spec.format', columnEncodings] as const,
    ...tables.map((table, index) => [`spec.format.tables[${index}]`, table.columnEncodings ?? {}] as const),
  ];
  return named.flatMap(([field, encodings]) =>
    Object.keys(encodings)
      .filter((name) => !known.has(sourceColumnName(name)))
      .map((name) => `${field}.columnEncodings names the column ${name}, which no schema file names: check its name`),
  );
}
