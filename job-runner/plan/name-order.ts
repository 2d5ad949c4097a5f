/** v2 before v10. */
export const { compare: compareNames } = new Intl.Collator('en', { numeric: true });
