import { DataError, shorten, type Location } from '../../../crds/contract/errors.ts';
import { sourceColumnName } from '../../plan/source-name.ts';
import { parseSourceType } from '../../plan/source-type.ts';
import type { SchemaColumn } from '../../plan/table-plan.ts';
import type { FoundFormat } from '../found-format.ts';
import { encodingOf } from './character-sets.ts';

/** What MySQL Shell writes of a table into its `schema@table.json`. */
export interface ShellTable {
  readonly schema: string;
  readonly name: string;
  /** The columns of its data, in their order. */
  readonly columns: readonly string[];
  /** How its binary columns are written, by their names. */
  readonly binary: ReadonlyMap<string, 'Base64' | 'Hex'>;
  readonly format: FoundFormat;
  /** How the names of its partitions' files begin. */
  readonly partitions: readonly string[];
}

const BINARY = { FROM_BASE64: 'Base64', UNHEX: 'Hex' } as const;

/** By Dumper::write_table_metadata in modules/util/dump/dumper.cc of https://github.com/mysql/mysql-shell */
export function parseShellTable(bytes: Buffer, location: Location): ShellTable {
  const document = parseObject(bytes, location);
  const options = objectIn(document['options']);
  const { table, columns, fieldsEscapedBy, defaultCharacterSet } = options;
  const isList = Array.isArray(columns) && columns.every((name) => typeof name === 'string');
  if (typeof table !== 'string' || !isList) throw unreadable('it has no options with table and columns', location);
  if (fieldsEscapedBy !== '\\') throw unreadable('its fieldsEscapedBy is not a backslash', location);
  if (textIn(options['fieldsTerminatedBy']) === '' || textIn(options['linesTerminatedBy']) === '')
    throw unreadable('it has no terminators', location);
  const encoding = encodingOf(textIn(defaultCharacterSet));
  if (encoding === undefined)
    throw unreadable(`its defaultCharacterSet is ${shorten(textIn(defaultCharacterSet), 60)}, not utf8mb4`, location);
  const decoded = Object.entries(objectIn(options['decodeColumns'])).map(([name, by]) => {
    if (by === 'FROM_BASE64' || by === 'UNHEX') return [sourceColumnName(name), BINARY[by]] as const;
    throw unreadable(`it decodes a column by ${shorten(textIn(by), 60)}`, location);
  });
  return {
    schema: textIn(options['schema']),
    name: table,
    columns: columns,
    binary: new Map(decoded),
    format: {
      delimiter: textIn(options['fieldsTerminatedBy']),
      recordTerminator: textIn(options['linesTerminatedBy']),
      quote: textIn(options['fieldsEnclosedBy']),
      escape: fieldsEscapedBy,
      encoding,
      header: false,
    },
    partitions: Object.values(objectIn(document['basenames'])).map(textIn),
  };
}

/** The columns of a table's data with their types. Generated ones are in CREATE TABLE alone. */
export function shellColumns(
  { columns, binary }: ShellTable,
  created: readonly SchemaColumn[],
  location: Location,
): readonly SchemaColumn[] {
  const types = new Map(created.map(({ name, sourceType }) => [name, sourceType]));
  return columns.map((written) => {
    const name = sourceColumnName(written);
    const sourceType = types.get(name);
    if (sourceType === undefined)
      throw unreadable(`its column ${shorten(written, 60)} is not in CREATE TABLE`, location);
    const encoded = binary.get(name);
    if (encoded === undefined) return { name, sourceType };
    return { name, sourceType: encodedType(sourceType, encoded), binary: encoded };
  });
}

/**
 * Geometries are written as the bytes that MySQL keeps, a number for the reference system and well-known binary; BIT as its bytes in base64, and as
 * a number by HEX, of which bytes are made here.
 */
function encodedType(sourceType: string, encoded: 'Base64' | 'Hex'): string {
  const { words } = parseSourceType(sourceType);
  return /(?:binary|blob)$/.test(words) || (words === 'bit' && encoded === 'Base64') ? sourceType : 'longblob';
}

/** Throws where the folder's `@.json` says that moments are in the time zone of the session that dumped them, which nobody knows. */
export function refuseSessionTimes(bytes: Buffer, location: Location): void {
  if (parseObject(bytes, location)['tzUtc'] !== false) return;
  const message = 'tzUtc is false, so nobody knows which moments its timestamps are: dump it again with tzUtc: true';
  throw new DataError('TimestampsLocal', message, location);
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseObject(bytes: Buffer, location: Location): JsonObject {
  try {
    return objectIn(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable('it is not JSON', location, error);
    throw error;
  }
}

export function objectIn(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function unreadable(problem: string, location: Location, cause?: unknown): DataError {
  const message = `MySQL Shell's description of the table cannot be used (${problem}): dump it again with util.dumpSchemas and no dialect of your own`;
  return new DataError('ShellTableUnreadable', message, location, { cause });
}
