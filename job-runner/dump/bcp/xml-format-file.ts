import type { Location } from '../../../crds/contract/errors.ts';
import { native, unreadable, type BcpField } from './bcp-field.ts';

/** A tag with its attributes, in which > may stand in quotes. */
const TAG = /<([/?!]?)([\w:-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>/gy;
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** Far above any real one. */
const TAG_LENGTH = 2000;

type Attributes = ReadonlyMap<string, string>;

/** https://learn.microsoft.com/sql/relational-databases/import-export/xml-format-files-sql-server */
export function parseXmlFields(text: string, location: Location): readonly BcpField[] {
  const tags = readTags(text, location);
  const named = (name: string) => tags.filter((tag) => tag.name === name).map((tag) => tag.attributes);
  if (named('BCPFORMAT').length !== 1) throw unreadable('it is not XML of bcp', location);
  const [fields, columns] = [named('FIELD'), named('COLUMN')];
  const bySource = Map.groupBy(columns, (column) => column.get('SOURCE') ?? '');
  if (fields.length !== columns.length) throw unreadable('it has fields without a column', location);
  return fields.map((field) => {
    const id = field.get('ID') ?? '';
    const [column, second] = bySource.get(id) ?? [];
    const name = column?.get('NAME');
    if (column === undefined || second !== undefined || name === undefined)
      throw unreadable(`its field ${id} has no column, or several`, location);
    const type = typeOf(field);
    if (type !== 'CharTerm' && type !== 'NCharTerm') throw native(`field ${id} is ${type}`, location);
    const sourceType = sourceTypeOf(column);
    const terminator = field.get('TERMINATOR') ?? '';
    return { name, isWide: type === 'NCharTerm', terminator, ...(sourceType === undefined ? {} : { sourceType }) };
  });
}

function readTags(text: string, location: Location): readonly { name: string; attributes: Attributes }[] {
  const tags: { name: string; attributes: Attributes }[] = [];
  let end = 0;
  for (let start = text.indexOf('<'); start !== -1; start = text.indexOf('<', end)) {
    if (text.slice(end, start).trim() !== '') throw unreadable('it has text between its tags', location);
    if (text.startsWith('<!--', start)) {
      end = text.indexOf('-->', start) + 3;
      if (end < start) throw unreadable('a comment is not closed', location);
      continue;
    }
    TAG.lastIndex = start;
    const [tag = '', kind = '', name = '', attributes = ''] = TAG.exec(text) ?? [];
    // No entity is declared or read from elsewhere.
    if (tag === '' || kind === '!' || tag.length > TAG_LENGTH)
      throw unreadable('it has a tag that bcp does not write', location);
    end = start + tag.length;
    if (kind === '') tags.push({ name: name.replace(/^.*:/, ''), attributes: attributesOf(attributes, location) });
  }
  return tags;
}

function attributesOf(text: string, location: Location): Attributes {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE))
    attributes.set(name, unescape(double ?? single ?? '', location));
  return attributes;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescape(text: string, location: Location): string {
  return text.replaceAll(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));?/gi,
    (entity, decimal?: string, hex?: string, name = '') => {
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      const character = code <= 0x10ffff ? String.fromCodePoint(code) : ENTITIES[name as string];
      if (character === undefined || !entity.endsWith(';'))
        throw unreadable('it has an entity that bcp does not write', location);
      return character;
    },
  );
}

function typeOf(attributes: Attributes): string {
  return attributes.get('xsi:type') ?? 'of no type';
}

const TYPES: Readonly<Record<string, string>> = {
  ...{ SQLBIT: 'bit', SQLTINYINT: 'tinyint', SQLSMALLINT: 'smallint', SQLINT: 'int', SQLBIGINT: 'bigint' },
  ...{ SQLFLT4: 'real', SQLFLT8: 'float', SQLMONEY: 'money', SQLMONEY4: 'smallmoney' },
  ...{ SQLDATETIME: 'datetime', SQLDATETIM4: 'smalldatetime', SQLDATE: 'date', SQLTIME: 'time' },
  ...{ SQLDATETIME2: 'datetime2', SQLDATETIMEOFFSET: 'datetimeoffset', SQLDECIMAL: 'decimal', SQLNUMERIC: 'numeric' },
  ...{ SQLCHAR: 'char', SQLVARYCHAR: 'varchar', SQLNCHAR: 'nchar', SQLNVARCHAR: 'nvarchar' },
  ...{ SQLTEXT: 'text', SQLNTEXT: 'ntext', SQLXML: 'xml', SQLUNIQUEID: 'uniqueidentifier' },
  ...{ SQLBINARY: 'binary', SQLVARYBIN: 'varbinary', SQLIMAGE: 'image', SQLVARIANT: 'sql_variant' },
};

/** As the type map spells it. Digits that the file does not name are not bounded. Undefined for types of users. */
function sourceTypeOf(column: Attributes): string | undefined {
  const type = TYPES[typeOf(column)];
  const [precision, scale] = ['PRECISION', 'SCALE'].map((name) => column.get(name));
  if (type === undefined || scale === undefined) return type;
  if (type === 'decimal' || type === 'numeric')
    return precision === undefined ? type : `${type}(${precision},${scale})`;
  return ['time', 'datetime2', 'datetimeoffset'].includes(type) ? `${type}(${scale})` : type;
}
