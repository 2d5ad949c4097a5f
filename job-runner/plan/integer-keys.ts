import type { TableKey } from './key-question.ts';
import { quoteIdentifier } from './sql.ts';

const INTEGERS: readonly (string | undefined)[] = ['smallint', 'integer', 'bigint'];
/** PostgreSQL shows such a name without quotes. */
const PLAIN_NAME = /^[a-z_][a-z0-9_]*$/;

/** Of each key a column that is an integer: two rows with other integers have other keys. Undefined where a key has none, or NULLs that are equal. */
export function integerColumns(
  keys: readonly TableKey[],
  types: ReadonlyMap<string, string>,
): readonly string[] | undefined {
  const integers = [...types].filter(([, type]) => INTEGERS.includes(type)).map(([name]) => name);
  const columns = keys.flatMap(({ parts, nullsAreEqual }) => {
    const column = integers.find((name) => parts.some(({ definition }) => isColumn(definition, name)));
    return column === undefined || nullsAreEqual ? [] : [column];
  });
  return columns.length === keys.length ? columns : undefined;
}

function isColumn(definition: string, name: string): boolean {
  return definition === quoteIdentifier(name) || (definition === name && PLAIN_NAME.test(name));
}
