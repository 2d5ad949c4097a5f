import { DataError, shorten } from '../../crds/contract/errors.ts';
import { parseHeader } from './header.ts';
import { sourceColumnName } from './source-name.ts';

/** Delimiters that files have where spec.format.delimiter says another. */
const DELIMITERS = [',', ';', '\t', '|', '~', '^'];

/** So many names of each side are shown. */
const MAX_SHOWN = 5;

/**
 * Why header and schema file cannot be of one table, or undefined. A side that has more columns than the other is an evolution of the table;
 * where both have names of their own, the first line is most likely no header, or is divided at the wrong places, and every value would go
 * to the wrong column or to none. Names are in lower case.
 */
export function describeHeaderMismatch(
  header: readonly string[],
  schemaNames: readonly string[],
  delimiter: string,
): string | undefined {
  const [inHeader, inSchema] = [new Set(header), new Set(schemaNames)];
  const onlyHeader = header.filter((name) => !inSchema.has(name));
  const onlySchema = schemaNames.filter((name) => !inHeader.has(name));
  if (onlyHeader.length === 0 || onlySchema.length === 0) return undefined;
  const facts = `the header has ${list(onlyHeader)}, which the schema file does not name, and the schema file names ${list(onlySchema)}, which the header does not have`;
  return `${facts}: ${remedy(header, schemaNames, onlyHeader, delimiter)}`;
}

/**
 * Whether the first line of a file without a header names the columns after all, in whatever order and with what tools put around names: quotes, blanks,
 * the table's name, a mark of a comment. The line may be cut off, and be data of any kind; one name alone may well be a value.
 */
export function namesColumns(
  line: string,
  format: Parameters<typeof parseHeader>[1],
  schemaNames: readonly string[],
): boolean {
  try {
    const names = parseHeader(line.replace(COMMENT, ''), format);
    const known = new Set(names.flatMap((name) => [sourceColumnName(name), sourceColumnName(withoutTable(name))]));
    return names.length === schemaNames.length && schemaNames.every((name) => known.has(name));
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

const COMMENT = /^(?:#|--) */;

/** `users.id`, `[dbo].[users].[id]` */
function withoutTable(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function remedy(
  header: readonly string[],
  schemaNames: readonly string[],
  onlyHeader: readonly string[],
  delimiter: string,
): string {
  const other = DELIMITERS.find(
    (candidate) => candidate !== delimiter && divides(header, schemaNames, delimiter, candidate),
  );
  if (other !== undefined) return `the names are separated by ${spell(other)}, so set spec.format.delimiter to it`;
  if (onlyHeader.length < header.length) return 'give each column the same name in both, or leave it out of one';
  return header.length === schemaNames.length
    ? 'if the first line is data, set spec.format.header to false'
    : 'check spec.format.delimiter and spec.format.quote, or set spec.format.header to false if the first line is data';
}

/** Whether the line, divided at another delimiter, has the schema file's names. */
function divides(header: readonly string[], schemaNames: readonly string[], delimiter: string, other: string): boolean {
  const names = new Set(schemaNames);
  const divided = header.join(delimiter).split(other);
  return divided.length > 1 && divided.filter((name) => names.has(name.trim())).length * 2 > names.size;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_SHOWN).map((name) => shorten(name, 40));
  return shown.join(', ') + (names.length > MAX_SHOWN ? ` and ${names.length - MAX_SHOWN} more` : '');
}

function spell(delimiter: string): string {
  return delimiter === '\t' ? 'a tab' : delimiter;
}
