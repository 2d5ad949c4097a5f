import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from '../../job-runner/database/connection.ts';
import { exists } from '../../job-runner/database/ledger.ts';

/** Where the ledger is by default. */
export const DEFAULT_LEDGER_SCHEMA = 'motherload';

/**
 * A mistyped --ledger-schema is not to look like a database into which nothing was loaded, and a forgotten one not like a load without rejects: the
 * first is refused, the second is said.
 */
export async function reportMissingLedger(database: Database, ledgerSchema: string): Promise<void> {
  if (await exists(database, ledgerSchema, 'loads')) return;
  if (ledgerSchema !== DEFAULT_LEDGER_SCHEMA) {
    const message = `there is no ledger in schema ${ledgerSchema}: name that of spec.target.ledgerSchema with --ledger-schema`;
    throw new ManifestError('NoLedger', message);
  }
  process.stderr.write(
    `nothing has been loaded yet: there is no ledger in schema ${ledgerSchema}; name another schema with --ledger-schema\n`,
  );
}
