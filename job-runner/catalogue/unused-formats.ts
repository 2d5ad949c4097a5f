import type { Format } from '../../crds/contract/format.ts';
import { matchesPattern } from '../../crds/contract/name-pattern.ts';

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
