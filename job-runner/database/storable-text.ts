import { encodeText, highCharacters } from '../plan/encoded-text.ts';
import type { Database } from './connection.ts';
import { readServerEncoding } from './encoding.ts';

/**
 * What a text is written as in this database: a character that its encoding lacks as `\u{3a9}`. A value that cannot be loaded is shown in the ledger, and that it
 * is of another alphabet must not keep it from being there.
 */
export async function storableText(db: Database): Promise<(text: string) => string> {
  const encoding = (await readServerEncoding(db)) ?? 'UTF8';
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII') return (text) => text;
  // Which characters the others have only PostgreSQL knows.
  const isSingleByte = highCharacters(encoding) !== undefined;
  const has = (character: string) => isSingleByte && encodeText(character, encoding) !== undefined;
  return (text) =>
    text.replaceAll(/[^\0-\x7f]/gu, (character) =>
      has(character) ? character : String.raw`\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
    );
}
