import { readFileSync } from 'node:fs';

/** A name of letters, digits, _ and MySQL's codes for all else, at least one of them. Names are hostile: there is one way to read each. */
const ENCODED = /^(?=.*@)(?:\w|@[0-9a-f]{4}|@(?![0-9a-f]{4})[0-9A-Za-z@]{2})+$/;
const CODE = /@([0-9a-f]{4}|[0-9A-Za-z@]{2})/g;
/** What makes a name of Windows' own devices a table's: `con@@@`. */
const DEVICE_SUFFIX = /@@@$/;

/**
 * The name of a table as MySQL and MariaDB encode it for their files, which `mysqldump --tab` leaves in place: `order@002ditems` is order-items,
 * `gr@1i@1je` is größe. Any other name stays as it is. Other databases have names with @, too, so there only codes of ASCII count for a sign of
 * MySQL. https://dev.mysql.com/doc/refman/8.4/en/identifier-mapping.html
 */
export function decodeMysqlFileName(name: string, isMysql: boolean): string {
  if (!(isMysql ? ENCODED.test(name) : ENCODED.test(name) && /@00[2-7]/.test(name))) return name;
  const decoded = name.replace(DEVICE_SUFFIX, '').replaceAll(CODE, (_, code: string) => letterOf(code) ?? '\0');
  return decoded.includes('\0') ? name : decoded;
}

/** Undefined for what MySQL does not write: codes of letters that need none, or beyond the Basic Multilingual Plane. */
function letterOf(code: string): string | undefined {
  if (code.length < 4) return letters().get(code);
  const letter = String.fromCharCode(Number.parseInt(code, 16));
  return /[\w\ud800-\udfff]/.test(letter) ? undefined : letter;
}

let known: ReadonlyMap<string, string> | undefined;

/**
 * The letters with a code of two characters. A line of the file is the first one, then each second one with its letter, as MariaDB 10.11 has
 * them: `SELECT CONVERT('größe' USING filename)`.
 */
function letters(): ReadonlyMap<string, string> {
  known ??= new Map(
    readFileSync(new URL('mysql-letters.txt', import.meta.url), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [first = '', ...others] = line.split(' ');
        return others.map(([second = '', letter = '']) => [`${first}${second}`, letter] as const);
      }),
  );
  return known;
}
