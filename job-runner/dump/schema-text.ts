/** UTF-8, UTF-16, or Windows-1252 where the bytes are neither; undefined if they end within a character. */
export function decodeSchemaText(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  // A byte order mark, or else the NUL in every second byte of ASCII: bcp -w and sqlcmd -u write UTF-16.
  const isLittleEndian = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
  const isBigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  if (isLittleEndian || isBigEndian) {
    if (bytes.length % 2 !== 0) return undefined;
    // Halves of a surrogate pair stay as they are, since a line end may be between them.
    const text = (isBigEndian ? Buffer.from(bytes).swap16() : bytes).toString('utf16le');
    return text.replace(/^\ufeff/, '');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** The name that SQL Server gives to the column of a result FOR JSON, and the line of dashes that sqlcmd prints below it. */
const HEADING = /^\s*JSON_F52E2B61-18A1-11d1-B105-00805F49916B\s*$/i;
const DASHES = /^-+\s*$/;
/** `(3 rows affected)`, in any language, and what Management Studio prints last. */
const FOOTER = /^(?:\(\d.*\)|Completion time: .*)\s*$/;
/** SQL Server returns FOR JSON in rows of so many characters. https://learn.microsoft.com/sql/relational-databases/json/use-for-json-output-in-sql-server-and-in-client-apps-sql-server */
const ROW_LENGTH = 2033;

/** What a tool printed of a result FOR JSON. */
export interface PrintedRows {
  readonly rows: readonly string[];
  /** The line of the first one, from 1. */
  readonly line: number;
}

/** The rows of a text without what sqlcmd and Management Studio print around them. */
export function printedRows(text: string): PrintedRows {
  const rows = text.split(/\r\n|\r|\n/);
  const count = rows.length;
  const isBlank = (row: string | undefined) => row?.trim() === '';
  while (isBlank(rows[0])) rows.shift();
  if (HEADING.test(rows[0] ?? '')) rows.splice(0, DASHES.test(rows[1] ?? '') ? 2 : 1);
  const line = 1 + count - rows.length;
  while (isBlank(rows.at(-1)) || FOOTER.test(rows.at(-1) ?? '')) rows.pop();
  return { rows, line };
}

/** The text that SQL Server cut into these rows; undefined if one is incomplete, since nobody knows what a tool trimmed from it. */
export function joinRows(rows: readonly string[]): string | undefined {
  const isWhole = (row: string, index: number) =>
    (row.length >= ROW_LENGTH || index === rows.length - 1) && row.slice(ROW_LENGTH).trim() === '';
  return rows.every(isWhole) ? rows.map((row) => row.slice(0, ROW_LENGTH)).join('') : undefined;
}

const STRING = /"(?:[^"\\]|\\.)*"?/sy;

/** The objects of a text that has nothing else but blanks, and at most one comma, between them; undefined for another text. */
export function splitObjects(text: string): string[] | undefined {
  const objects: string[] = [];
  let [depth, start, commas] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (depth === 0 && character !== '{') {
      commas += character === ',' ? 1 : 0;
      if (!/[\s,]/.test(character) || commas > Math.min(objects.length, 1)) return undefined;
    } else if (character === '"') {
      STRING.lastIndex = at;
      at += (STRING.exec(text)?.[0].length ?? 1) - 1;
    } else if (character === '{' && depth++ === 0) {
      [start, commas] = [at, 0];
    } else if (character === '}' && --depth === 0) {
      objects.push(text.slice(start, at + 1));
    }
  }
  return depth === 0 && commas === 0 && objects.length > 0 ? objects : undefined;
}
