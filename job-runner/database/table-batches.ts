/** So many tables are asked about at once: their ledger rows take 1 KB each. */
const TABLES = 1000;

export function* tableBatches<Table>(tables: readonly Table[]): Generator<readonly Table[]> {
  for (let start = 0; start < tables.length; start += TABLES) yield tables.slice(start, start + TABLES);
}
