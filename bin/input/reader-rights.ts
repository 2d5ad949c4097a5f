import { ManifestError } from '../../crds/contract/errors.ts';
import { toMotherloadError } from '../../job-runner/database/database-errors.ts';

/** Whoever loads has more rights than whoever only reads, and the remedy that a database error has by default is the loader's. */
export async function* withReadersRemedy<Row>(
  batches: AsyncIterable<readonly Row[]>,
  ledgerSchema: string,
  tables: string,
): AsyncGenerator<readonly Row[]> {
  try {
    yield* batches;
  } catch (error) {
    const translated = toMotherloadError(error, {});
    if (translated.code !== 'Sql42501') throw translated;
    const message = `${(error as Error).message}: to read the ledger the role needs USAGE on the schema ${ledgerSchema} and SELECT on its tables ${tables}`;
    throw new ManifestError(translated.code, message, {}, { cause: error });
  }
}
