import { ManifestError } from '../../crds/contract/errors.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';

/** By the server's own list, which has more names for some than its documentation. https://www.postgresql.org/docs/18/multibyte.html */
export async function refuseUnknownEncoding(db: Database, encoding: string): Promise<void> {
  const { rows } = await translateErrors({}, () =>
    db.query<{ id: number }>('SELECT pg_char_to_encoding($1) AS id', [encoding]),
  );
  if ((rows[0]?.id ?? -1) >= 0) return;
  const message = `spec.format.encoding is ${encoding}, which PostgreSQL does not know: take one of its names, such as UTF8, LATIN1 or WIN1252`;
  throw new ManifestError('UnknownEncoding', message);
}

/** The encoding that the database keeps its texts in, by PostgreSQL's name for it. */
export async function readServerEncoding(db: Database): Promise<string | undefined> {
  const { rows } = await db.query<{ encoding: string }>("SELECT current_setting('server_encoding') AS encoding");
  return rows[0]?.encoding;
}

/** untranslatable_character, character_not_in_repertoire */
const CANNOT_SAY = new Set(['22P05', '22021']);

/** Those of the texts that the database cannot hold, since its own encoding lacks a character of theirs. */
export async function unencodableTexts(db: Database, texts: readonly string[]): Promise<ReadonlySet<string>> {
  const beyondAscii = [...new Set(texts)].filter((text) => Buffer.byteLength(text) !== text.length);
  const without = new Set<string>();
  if (beyondAscii.length === 0) return without;
  return await translateErrors({}, async () => {
    if ((await readServerEncoding(db)) === 'UTF8') return without;
    for (const text of beyondAscii) {
      await db.query('SELECT $1::text', [text]).catch((error: unknown) => {
        if (!CANNOT_SAY.has((error as { code?: string }).code ?? '')) throw error;
        without.add(text);
      });
    }
    return without;
  });
}
