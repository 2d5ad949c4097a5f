import type { SourceDatabase } from '../../../crds/contract/task.ts';
import type { SourceTable } from '../source-table.ts';
import { openSession } from './open-session.ts';
import { listTables } from './schema-queries.ts';
import { toSourceError } from './server-error.ts';

/** Everything in the schema, by name. */
export async function readTables(database: SourceDatabase): Promise<readonly SourceTable[]> {
  const session = await openSession(database);
  try {
    return await listTables(session, database.schema);
  } catch (error) {
    throw toSourceError(error, session.server);
  } finally {
    session.close();
  }
}
