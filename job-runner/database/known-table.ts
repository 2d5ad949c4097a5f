import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { LedgerRow } from './ledger.ts';

/** An entry of the catalogue, and the ledger's row for its version table. */
export interface KnownTable {
  readonly entry: TableIngestionSpec;
  readonly load: LedgerRow;
}

/** What a load would report of one that needs none. */
export interface UnchangedTable {
  readonly message: string;
  readonly warnings: readonly string[];
}
