import { DataError, ManifestError } from '../../crds/contract/errors.ts';
import { describeUndefinedByte, findUndefinedByte, highCharacters, textDecoder } from '../plan/encoded-text.ts';
import { recordEncoding } from '../plan/encodings.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';

/** Asks the server, which knows more names than its documentation lists. https://www.postgresql.org/docs/18/multibyte.html */
export async function refuseUnknownEncoding(db: Database, encoding: string): Promise<void> {
  if (highCharacters(encoding) !== undefined) return;
  const { rows } = await translateErrors({}, () =>
    db.query<{ id: number }>('SELECT pg_char_to_encoding($1) AS id', [recordEncoding(encoding)]),
  );
  if ((rows[0]?.id ?? -1) >= 0) return;
  const message = `spec.format.encoding is ${encoding}, which is no known encoding: use UTF16LE, UTF16BE, a DOS code page (CP437, CP850, ...), or a name that PostgreSQL has (UTF8, LATIN1, WIN1252, ...)`;
  throw new ManifestError('UnknownEncoding', message);
}

/** The database's encoding, by PostgreSQL's name. */
export async function readServerEncoding(db: Database): Promise<string | undefined> {
  const { rows } = await db.query<{ encoding: string }>("SELECT current_setting('server_encoding') AS encoding");
  return rows[0]?.encoding;
}

/**
 * Decodes a DAT file's header. What is neither UTF-8 nor single bytes PostgreSQL decodes, if there is a database; without one a name beyond ASCII
 * may look odd.
 */
export async function decodeHeader(db: Database | undefined, bytes: Buffer, encoding: string): Promise<string> {
  if (bytes.every((byte) => byte > 0 && byte < 0x80)) return bytes.toString('latin1');
  const undefinedByte = findUndefinedByte(bytes, encoding);
  if (undefinedByte !== undefined)
    throw new DataError('NotInEncoding', describeUndefinedByte(undefinedByte, encoding), { line: 1 });
  // The server refuses a NUL byte without saying where it is; `parseHeader` names the column.
  if (db === undefined || bytes.includes(0) || highCharacters(encoding) !== undefined)
    return textDecoder(encoding)(bytes);
  const decoded = db.query<{ text: string }>('SELECT convert_from($1, $2) AS text', [bytes, encoding]);
  const { rows } = await translateErrors({ line: 1 }, () => decoded.catch(refuseOtherBytes(encoding)));
  return rows[0]?.text ?? '';
}

/** As values are refused whose bytes are none of the encoding. */
function refuseOtherBytes(encoding: string): (error: unknown) => never {
  return (error) => {
    if (!hasSqlState(error, SQL_STATES.characterNotInRepertoire)) throw error;
    const message = `the header has bytes that are not ${encoding}: set spec.format.encoding to the file's, for example WIN1252, or fix the dump's header`;
    throw new DataError('NotInEncoding', message, { line: 1 }, { cause: error });
  };
}

/** The texts that the database cannot store, because its encoding lacks one of their characters. */
export async function unencodableTexts(db: Database, texts: readonly string[]): Promise<ReadonlySet<string>> {
  const beyondAscii = [...new Set(texts)].filter((text) => Buffer.byteLength(text) !== text.length);
  const unencodable = new Set<string>();
  if (beyondAscii.length === 0) return unencodable;
  return await translateErrors({}, async () => {
    if ((await readServerEncoding(db)) === 'UTF8') return unencodable;
    for (const text of beyondAscii) {
      await db.query('SELECT $1::text', [text]).catch((error: unknown) => {
        if (!hasSqlState(error, SQL_STATES.untranslatableCharacter, SQL_STATES.characterNotInRepertoire)) throw error;
        unencodable.add(text);
      });
    }
    return unencodable;
  });
}
