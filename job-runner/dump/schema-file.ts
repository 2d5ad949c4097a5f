import { constructFromEvents, EVENT_ID, FAILSAFE_SCHEMA, parseEvents, SCALAR_STYLE, type Event } from 'js-yaml';
import { DataError, shorten, type Location } from '../../crds/contract/errors.ts';
import { sourceColumnName } from '../plan/source-name.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { inTheirOrder, refuseCount, refuseDuplicates, refuseSeveralTables, type SchemaItem } from './schema-columns.ts';
import { decodeSchemaText, joinRows, printedRows, splitObjects } from './schema-text.ts';

/**
 * A schema file: a list of `{column_name, column_type}`. It is read leniently, as applications write it by hand: JSON or YAML, trailing
 * commas, a byte order mark, any line ends, keys in any case, further keys, of which the positions of columns
 * count; or as tools print it: in UTF-16, cut into lines, one object a line, with names in
 * brackets. Nothing ambiguous is accepted. Names are returned in lower case, since they are compared so.
 */
export function parseSchemaFile(bytes: Buffer, location: Location): readonly SchemaColumn[] {
  const text = decodeSchemaText(bytes);
  if (text === undefined) throw unreadable('UTF-16 that ends within a character', location);
  const document = parse(text, location);
  if (!Array.isArray(document)) {
    const message = `it must be a list of {"column_name": ..., "column_type": ...}, but it is ${kindOf(document)}`;
    throw new DataError('SchemaFileNotAList', message, location);
  }
  refuseCount(document.length, location);
  const items = document.map(fieldsOf);
  const columns = document.map((item: unknown, index) => readColumn(item, items[index], index + 1, location));
  refuseSeveralTables(items, location);
  refuseDuplicates(columns, location);
  return inTheirOrder(columns, items, location);
}

/** Hostile input: no aliases (they multiply), no depth, and with the failsafe schema no scalar but text. */
const YAML_OPTIONS = { filename: '', schema: FAILSAFE_SCHEMA, maxAliases: 0, maxDepth: 8 };

function parse(text: string, location: Location): unknown {
  const { rows, line } = printedRows(text);
  const body = rows.join('\n');
  const joined = joinRows(rows);
  for (const found of joined === undefined ? [body] : [body, joined]) {
    const document =
      parseJson(found, location) ??
      parseJson(withoutTrailingCommas(found), location) ??
      withoutBrackets(found, location);
    if (document !== undefined) return isColumn(document) ? [document] : document;
  }
  // Keys without quotes and the like: JSON with them is YAML.
  try {
    const events = parseEvents(body, YAML_OPTIONS);
    refuseCutText(body, events, { ...location, line });
    const documents = constructFromEvents(events, { source: body, ...YAML_OPTIONS });
    if (documents.length !== 1) throw unreadable(`${documents.length} documents instead of one`, location);
    return documents[0];
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (rows.length > 1 && rows.some((row) => row.length > LONG_ROW)) throw cut(location, error);
    const { reason = 'unknown', mark } = error as { reason?: string; mark?: { line: number } };
    throw unreadable(shorten(reason), mark === undefined ? location : { ...location, line: mark.line + line }, error);
  }
}

function unreadable(reason: string, location: Location, cause?: unknown): DataError {
  const message = `it is neither JSON nor YAML (${reason}): write a list of {"column_name": ..., "column_type": ...}`;
  return new DataError('SchemaFileUnreadable', message, location, { cause });
}

function cut(location: Location, cause?: unknown): DataError {
  const message =
    'a string continues on the next line, and lines of FOR JSON are joined only if each has 2,033 characters: export it with sqlcmd -y 0, or with bcp';
  return new DataError('SchemaFileUnreadable', message, location, { cause });
}

/** One object a line, as in JSON Lines, or with commas between, as FOR JSON writes it WITHOUT_ARRAY_WRAPPER; undefined for anything else. */
function withoutBrackets(text: string, location: Location): unknown[] | undefined {
  const items = splitObjects(text)?.map((object) => parseJson(object, location));
  return items?.every(isColumn) === true ? items : undefined;
}

function isColumn(item: unknown): boolean {
  return fieldsOf(item)?.has('column_name') === true;
}

/** Applications write a comma behind the last item, too. YAML has no objection, and takes ten times as long to read. */
function withoutTrailingCommas(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])/g, (found) => (found === ',' ? '' : found));
}

/** A text of JSON, and the colon that makes a key of it. */
const JSON_TEXT = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

function parseJson(text: string, location: Location): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const written = [...text.matchAll(JSON_TEXT)].filter(([, colon]) => colon !== undefined).length;
  // JSON.parse keeps the last of two values with the same key: where a brace is missing between two columns, the second one.
  if (written !== countKeys(document)) throw unreadable('an item has a key twice', location);
  return document;
}

/** Without recursion, since hostile input may be nested as deep as it is long. */
function countKeys(document: unknown): number {
  let keys = 0;
  for (const left = [document]; left.length > 0;) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) keys += Object.keys(value).length;
    for (const item of Object.values(value) as unknown[]) left.push(item);
  }
  return keys;
}

/** Nobody writes lines of that length by hand. */
const LONG_ROW = 1000;

const CUT_STYLES: readonly number[] = [SCALAR_STYLE.PLAIN, SCALAR_STYLE.DOUBLE_QUOTED, SCALAR_STYLE.SINGLE_QUOTED];

/** YAML turns a line end within a string into a blank, so a name that was cut there would become another name. */
function refuseCutText(text: string, events: readonly Event[], location: Location & { line: number }): void {
  for (const event of events) {
    if (event.type !== EVENT_ID.SCALAR || !CUT_STYLES.includes(event.style)) continue;
    const value = text.slice(event.valueStart, event.valueEnd);
    if (!value.includes('\n')) continue;
    const line = location.line + text.slice(0, event.valueStart).split('\n').length - 1;
    throw cut({ ...location, line, record: shorten(value) });
  }
}

function readColumn(item: unknown, fields: SchemaItem | undefined, number: number, location: Location): SchemaColumn {
  // MSSQL's INFORMATION_SCHEMA has the type as DATA_TYPE, without its length, which no type needs to hold its values.
  const [name, type] = [fields?.get('column_name'), fields?.get('column_type') ?? fields?.get('data_type')];
  if (typeof name === 'string' && typeof type === 'string') {
    const column = { name: sourceColumnName(name), sourceType: type.trim() };
    const isName = column.name !== '' && !column.name.includes('\0') && column.name.isWellFormed();
    if (isName && column.sourceType !== '') return column;
  }
  const message = `item ${number} must be {"column_name": ..., "column_type": ...} with strings, but it is ${kindOf(item)}`;
  throw new DataError('SchemaFileColumn', message, {
    ...location,
    record: shorten(JSON.stringify(item, outline)),
  });
}

/** For messages: what is nested deeper could be nested without end. */
function outline(key: string, value: unknown): unknown {
  return key !== '' && typeof value === 'object' && value !== null ? '…' : value;
}

/** An item's fields by their names in lower case; undefined if two are the same then. */
function fieldsOf(item: unknown): SchemaItem | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const entries = Object.entries(item).map(
    ([key, value]: [string, unknown]) => [key.trim().toLowerCase(), value] as const,
  );
  const fields = new Map(entries);
  return fields.size === entries.length ? fields : undefined;
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
