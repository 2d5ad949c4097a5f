import type { AskedRow, KeyMatch } from './key-question.ts';

type RefusedForKey = Extract<AskedRow, KeyMatch>;

/**
 * Which rows PostgreSQL refuses for a key, and for which: the first of their keys that a row has that is there already. A row that is refused takes no key,
 * so that they are decided on one after the other.
 */
export function refusedKeys(asked: readonly AskedRow[]): ReadonlyMap<number, RefusedForKey> {
  const ordered = asked
    .filter((row) => row.key !== null)
    .sort((one, other) => one.row - other.row || one.key - other.key);
  const refused = new Map<number, RefusedForKey>();
  const taken = new Set<string>();
  for (let at = 0; at < ordered.length;) {
    const row = ordered[at]?.row ?? 0;
    const begin = at;
    while (ordered[at]?.row === row) at++;
    const ofRow = ordered.slice(begin, at);
    const violated = ofRow.find((match) => match.isTaken || taken.has(groupName(match)));
    if (violated !== undefined) refused.set(row, violated);
    else for (const match of ofRow) taken.add(groupName(match));
  }
  return refused;
}

function groupName({ key, group }: KeyMatch): string {
  return `${key} ${group}`;
}
