/** `1 table`, `20 tables`: a noun whose plural has an s. `written` is the number as it is to be shown. */
export function counted(count: number, noun: string, written = String(count)): string {
  return `${written} ${noun}${count === 1 ? '' : 's'}`;
}

/** The verb behind a count, in the present and in the past. */
export function are(count: number): string {
  return count === 1 ? 'is' : 'are';
}

export function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}
