import { FAILSAFE_SCHEMA, load } from 'js-yaml';
import { DataError, shorten, type Location } from '../../crds/contract/errors.ts';
import { MAX_COLUMNS } from '../plan/columns.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';

/**
 * A schema file: a list of `{column_name, column_type}`. It is read leniently, as applications write it by hand: JSON or YAML, trailing
 * commas, a byte order mark, any line ends, keys in any case, further keys. Names come out in lower case, since they are compared so.
 */
export function parseSchemaFile(bytes: Buffer, location: Location): readonly SchemaColumn[] {
  const document = parse(decode(bytes), location);
  if (!Array.isArray(document)) {
    const message = `it must be a list of {"column_name": ..., "column_type": ...}, and it is ${kindOf(document)}`;
    throw new DataError('SchemaFileNotAList', message, location);
  }
  if (document.length === 0)
    throw new DataError('SchemaFileEmpty', 'it names no column: a table has at least one', location);
  if (document.length > MAX_COLUMNS) {
    const message = `it names ${document.length} columns; PostgreSQL takes at most ${MAX_COLUMNS} in a table: split the table in the dump`;
    throw new DataError('TooManyColumns', message, location);
  }
  const columns = document.map((item: unknown, index) => readColumn(item, index + 1, location));
  refuseDuplicates(columns, location);
  return columns;
}

/** UTF-8, or by its byte order mark UTF-16, as SQL Server's tools like to write; what is no UTF-8 is Latin-1, where every byte is a character. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
}

/** Hostile input: no aliases (they multiply), no depth, and with the failsafe schema no scalar but text. */
const YAML_OPTIONS = { schema: FAILSAFE_SCHEMA, maxAliases: 0, maxDepth: 8 };

function parse(text: string, location: Location): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Trailing commas and the like: JSON with them is YAML.
  }
  try {
    return load(text, YAML_OPTIONS);
  } catch (error) {
    const { reason = 'unknown', mark } = error as { reason?: string; mark?: { line: number } };
    const where = mark === undefined ? {} : { line: mark.line + 1 };
    const message = `it is neither JSON nor YAML (${shorten(reason)}): write a list of {"column_name": ..., "column_type": ...}`;
    throw new DataError('SchemaFileUnreadable', message, { ...location, ...where }, { cause: error });
  }
}

function readColumn(item: unknown, number: number, location: Location): SchemaColumn {
  const fields = new Map(
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.entries(item).map(([key, value]: [string, unknown]) => [key.trim().toLowerCase(), value])
      : [],
  );
  const [name, type] = [fields.get('column_name'), fields.get('column_type')];
  if (
    typeof name === 'string' &&
    name !== '' &&
    !name.includes('\0') &&
    typeof type === 'string' &&
    type.trim() !== ''
  ) {
    return { name: name.toLowerCase(), sourceType: type.trim() };
  }
  const message = `item ${number} must be {"column_name": ..., "column_type": ...} with texts, and it is ${kindOf(item)}`;
  throw new DataError('SchemaFileColumn', message, { ...location, record: shorten(JSON.stringify(item)) });
}

function refuseDuplicates(columns: readonly SchemaColumn[], location: Location): void {
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name)) {
      const message = `it names the column "${shorten(name)}" twice (names are compared in lower case): remove or rename one`;
      throw new DataError('SchemaFileDuplicateColumn', message, { ...location, column: name });
    }
    names.add(name);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? `an object with ${
        Object.keys(value)
          .map((key) => shorten(key, 40))
          .slice(0, 5)
          .join(', ') || 'no keys'
      }`
    : `a ${typeof value}`;
}
