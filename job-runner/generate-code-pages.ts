/** Writes `plan/code-pages.ts` by iconv-lite's tables: `node job-runner/generate-code-pages.ts`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import iconv from 'iconv-lite';

export const CODE_PAGES_FILE = join(import.meta.dirname, 'plan', 'code-pages.ts');

const DOS = ['437', '720', '737', '775', '850', '852', '855', '857', '858', '860', '861', '862', '863', '865', '869'];
const WINDOWS = ['1250', '1251', '1252', '1253', '1254', '1255', '1256', '1257', '1258'];
/** The parts of ISO 8859 that PostgreSQL calls LATIN1, LATIN2 and so on. */
const LATIN = ['1', '2', '3', '4', '9', '10', '13', '14', '15', '16'];

/** By our names, iconv-lite's. */
const PAGES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(LATIN.map((part, index) => [`LATIN${index + 1}`, `iso8859${part}`])),
  ...Object.fromEntries(['5', '6', '7', '8', '11'].map((part) => [`ISO8859${part}`, `iso8859${part}`])),
  ...Object.fromEntries(WINDOWS.map((page) => [`WIN${page}`, `windows${page}`])),
  ...{ WIN866: 'cp866', WIN874: 'windows874', KOI8R: 'koi8r', KOI8U: 'koi8u' },
  ...Object.fromEntries(DOS.map((page) => [`CP${page}`, `cp${page}`])),
  MACINTOSH: 'macintosh',
};

/** Where PostgreSQL has another opinion, it decides: a byte that it refuses, and iconv-lite reads. */
const REFUSED: Readonly<Record<string, number>> = { WIN1255: 0xca };

/** iconv-lite has the Mac OS of before 1998, which had no euro. MySQL's macroman and the systems since have these. */
const CORRECTED: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  MACINTOSH: { 0xbd: '\u03a9', 0xdb: '\u20ac', 0xf0: '\uf8ff' },
};

const HEAD = `// Generated from iconv-lite's tables by job-runner/generate-code-pages.ts. Do not edit.
/** The characters of the bytes 0x80 to 0xFF in each encoding, U+FFFD where there is none. */
export const CODE_PAGES: Readonly<Record<string, string>> = {
`;

export function renderCodePages(): string {
  const lines = Object.entries(PAGES).map(
    ([name, page]) => `  ${name}:\n    '${escaped(charactersOf(name, page))}',\n`,
  );
  return `${HEAD}${lines.join('')}};\n`;
}

function charactersOf(name: string, page: string): string {
  const bytes = Array.from({ length: 128 }, (_, index) => 0x80 + index);
  const decoded = (byte: number) => CORRECTED[name]?.[byte] ?? iconv.decode(Buffer.from([byte]), page);
  return bytes.map((byte) => (byte === REFUSED[name] ? '\ufffd' : decoded(byte))).join('');
}

function escaped(text: string): string {
  return Array.from(text, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

if (import.meta.main) writeFileSync(CODE_PAGES_FILE, renderCodePages());
