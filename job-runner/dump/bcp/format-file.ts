import { shorten, type Location } from '../../../crds/contract/errors.ts';
import { sourceColumnName } from '../../plan/source-name.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import type { FoundFormat } from '../found-format.ts';
import { refuseCount, refuseDuplicates } from '../schema-columns.ts';
import { decodeSchemaText } from '../schema-text.ts';
import { native, unreadable, type BcpField } from './bcp-field.ts';
import { parseXmlFields } from './xml-format-file.ts';

/** What a format file says of a table's data. */
export interface BcpTable {
  /** In the order of the data; the type is empty where the file has none. */
  readonly columns: readonly SchemaColumn[];
  readonly isWide: boolean;
  readonly format: FoundFormat;
}

/** A format file of bcp, XML or not. https://learn.microsoft.com/sql/relational-databases/import-export/format-files-for-importing-or-exporting-data-sql-server */
export function parseFormatFile(bytes: Buffer, location: Location): BcpTable {
  const text = decodeSchemaText(bytes);
  if (text === undefined) throw unreadable('it is UTF-16 and ends within a character', location);
  const fields = text.trimStart().startsWith('<') ? parseXmlFields(text, location) : parseFields(text, location);
  refuseCount(fields.length, location);
  const columns = fields.map(({ name, sourceType = '' }) => ({ name: sourceColumnName(name), sourceType }));
  if (columns.some(({ name }) => name === '' || name.includes('\0')))
    throw unreadable('a column has no name', location);
  refuseDuplicates(columns, location);
  const isWide = fields.every((field) => field.isWide);
  if (!isWide && fields.some((field) => field.isWide))
    throw unreadable('it has fields in UTF-16 beside others', location);
  return { columns, isWide, format: terminatorsOf(fields, location) };
}

function terminatorsOf(fields: readonly BcpField[], location: Location): FoundFormat {
  const terminators = fields.map((field) => charactersOf(field, location));
  const recordTerminator = terminators.pop() ?? '';
  const [delimiter = '', ...others] = new Set(terminators);
  if (others.length > 0) throw unreadable('its fields end with different terminators', location);
  return { recordTerminator, ...(terminators.length === 0 ? {} : { delimiter }) };
}

const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  '0': '\0',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

function charactersOf({ name, isWide, terminator }: BcpField, location: Location): string {
  const written = terminator.replaceAll(/\\(.?)/gs, (escape, character: string) => {
    const meant = ESCAPES[character];
    if (meant === undefined) throw unreadable(`it has a terminator with ${shorten(escape, 20)}`, location);
    return meant;
  });
  if (written === '') {
    const problem = `field ${shorten(name, 60)} has no terminator, but a length`;
    throw native(problem, location);
  }
  if (!isWide) return written;
  const characters = Buffer.from(written, 'latin1');
  if (characters.length % 2 !== 0) throw unreadable('a terminator is not UTF-16', location);
  return characters.toString('utf16le');
}

const VERSION = /^\s*\d{1,2}(?:\.\d{1,2})?\s*$/;
/** Field, storage type, prefix length, length, terminator, column, name and collation. */
const FIELD = /^\s*(\d+)\s+(SQL\w+)\s+(\d+)\s+(\d+)\s+"((?:[^"\\]|\\.)*)"\s+(\d+)\s+(\S.*)$/;
const COLLATION = /^(.*\S)\s+(?:""|\S+)$/s;
/** Far above any real line: names have 128 characters. */
const LINE_LENGTH = 2000;

/** https://learn.microsoft.com/sql/relational-databases/import-export/non-xml-format-files-sql-server */
function parseFields(text: string, location: Location): readonly BcpField[] {
  const lines = text.split(/\r\n|\n/);
  const count = Number(lines[1]);
  if (!VERSION.test(lines[0] ?? '') || !Number.isInteger(count) || count < 1)
    throw unreadable('its first two lines are not a version and a number of fields', location);
  refuseCount(count, location);
  const isComplete = lines.slice(2 + count).every((line) => line.trim() === '');
  if (lines.length < 2 + count || !isComplete) throw unreadable(`it does not describe ${count} fields`, location);
  return lines.slice(2, 2 + count).map((line, index) => parseField(line, index, { ...location, line: index + 3 }));
}

function parseField(line: string, index: number, location: Location): BcpField {
  const match = line.length > LINE_LENGTH ? undefined : FIELD.exec(line.trimEnd());
  const [, number, type = '', prefix, , terminator = '', column, rest = ''] = match ?? [];
  const [, name] = COLLATION.exec(rest) ?? [];
  if (name === undefined || Number(number) !== index + 1)
    throw unreadable('a field is not described as bcp does', location);
  if (type !== 'SQLCHAR' && type !== 'SQLNCHAR') throw native(`field ${index + 1} is ${type}`, location);
  if (prefix !== '0') throw native(`field ${index + 1} has its length before it`, location);
  if (column === '0') throw unreadable(`field ${index + 1} belongs to no column`, location);
  return { name, isWide: type === 'SQLNCHAR', terminator };
}
