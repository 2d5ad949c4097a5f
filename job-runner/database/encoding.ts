import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';

/** By the server's own list, which has more names for some than its documentation. https://www.postgresql.org/docs/18/multibyte.html */
export async function refuseUnknownEncoding(db: Database, encoding: string): Promise<void> {
  const { rows } = await translateErrors({}, () => db.query<{ id: number }>('SELECT pg_char_to_encoding($1) AS id', [encoding]));
  if ((rows[0]?.id ?? -1) >= 0) return;
  const message = `spec.format.encoding is ${encoding}, which PostgreSQL does not know: take one of its names, such as UTF8, LATIN1 or WIN1252`;
  throw new ManifestError('UnknownEncoding', message);
}
