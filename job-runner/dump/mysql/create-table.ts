import { SqlTokens, UnclosedSql, type SqlToken } from './sql-tokens.ts';

/** A column as CREATE TABLE has it. */
export interface CreatedColumn {
  readonly name: string;
  /** Its type and, where they stand before any other attribute, unsigned and zerofill. */
  readonly type: string;
  /** MySQL's name of its character set, where the script says it. */
  readonly charset?: string;
}

export interface CreatedTable {
  readonly name: string;
  readonly columns: readonly CreatedColumn[];
}

/** A script that cannot be understood. */
export class UnreadableScript extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * The tables that a script creates, as SHOW CREATE TABLE prints them in MySQL and MariaDB, and mysqldump and MySQL Shell with it.
 * https://dev.mysql.com/doc/refman/9.4/en/create-table.html
 */
export function parseCreateTables(sql: string): readonly CreatedTable[] {
  const tokens = new SqlTokens(sql);
  const tables: CreatedTable[] = [];
  try {
    for (let first = tokens.next(); first !== undefined; first = tokens.next()) {
      if (isWord(first, 'delimiter')) tokens.skipBehind('\nDELIMITER ;');
      else if (isWord(first, 'create')) tables.push(...readCreate(tokens));
      else if (!isSymbol(first, ';')) readUntil(tokens, ';');
    }
  } catch (error) {
    if (error instanceof UnclosedSql) throw new UnreadableScript(error.message, error.offset);
    throw error;
  }
  return tables;
}

/** Undefined or a word in lower case. */
type Word = string | undefined;

function wordOf(token: SqlToken | undefined): Word {
  return token?.kind === 'Word' ? token.text.toLowerCase() : undefined;
}

function isWord(token: SqlToken | undefined, word: string): boolean {
  return wordOf(token) === word;
}

function isSymbol(token: SqlToken | undefined, symbol: string): boolean {
  return token?.kind === 'Symbol' && token.text === symbol;
}

/** The tokens up to a symbol that is in no parentheses, or to the end. */
function readUntil(tokens: SqlTokens, symbol: string): SqlToken[] {
  const read: SqlToken[] = [];
  let depth = 0;
  for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
    if (depth === 0 && isSymbol(token, symbol)) break;
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    read.push(token);
  }
  return read;
}

/** Behind CREATE: a table, or nothing where something else is created. */
function readCreate(tokens: SqlTokens): CreatedTable[] {
  const statement = readUntil(tokens, ';');
  const start = statement.findIndex((token) => !['or', 'replace', 'temporary'].includes(wordOf(token) ?? ''));
  const table = statement[start];
  if (table === undefined || !isWord(table, 'table')) return [];
  const open = statement.findIndex((token) => isSymbol(token, '('));
  const head = statement.slice(start + 1, open === -1 ? undefined : open);
  const name = head.at(-1);
  if (open === -1 || name === undefined || head.some((token) => isWord(token, 'like')))
    throw new UnreadableScript('CREATE TABLE has no list of columns', table.start);
  const close = closingParenthesis(statement, open);
  const options = statement.slice(close + 1);
  const query = outsideParentheses(options).find((token) => ['as', 'select'].includes(wordOf(token) ?? ''));
  if (query !== undefined) throw new UnreadableScript('CREATE TABLE takes columns from a query', query.start);
  const charset = charsetOf(options);
  const items = splitItems(statement.slice(open + 1, close));
  const columns = items.flatMap((item) => readColumn(item, charset, statement[open]?.start ?? 0));
  return [{ name: name.text.split('.').at(-1) ?? '', columns }];
}

function closingParenthesis(tokens: readonly SqlToken[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    const token = tokens[index];
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')') && --depth === 0) return index;
  }
  throw new UnreadableScript('a parenthesis is not closed', tokens[open]?.start ?? 0);
}

function outsideParentheses(tokens: readonly SqlToken[]): SqlToken[] {
  let depth = 0;
  return tokens.filter((token) => {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    return depth === 0;
  });
}

/** What is between the commas that are in no parentheses of their own. */
function splitItems(tokens: readonly SqlToken[]): SqlToken[][] {
  const items: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (depth === 0 && isSymbol(token, ',')) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}

/** Words with which an item begins that is not a column. Names of columns are in quotes where they are such words. */
const NO_COLUMN = ['primary', 'unique', 'key', 'index', 'fulltext', 'spatial', 'constraint', 'foreign', 'check'];

function readColumn(item: readonly SqlToken[], tableCharset: Word, offset: number): CreatedColumn[] {
  const [name, type, ...attributes] = item;
  const [word, next] = [wordOf(name) ?? '', wordOf(type) ?? ''];
  if (NO_COLUMN.includes(word) || (word === 'period' && next === 'for')) return [];
  if (word === 'vector' && ['key', 'index'].includes(next)) return [];
  const isName = name?.kind === 'Name' || (word !== '' && word !== 'like');
  if (name === undefined || !isName || type?.kind !== 'Word')
    throw new UnreadableScript('an item of CREATE TABLE is neither a column nor a key', name?.start ?? offset);
  const words = [type, ...attributes];
  const end = words.findIndex((token, index) => index > 0 && endsType(token, words[index + 1]));
  const typeWords = end === -1 ? words : words.slice(0, end);
  const charset = TEXT_TYPES.has(next) ? (charsetOf(attributes) ?? tableCharset) : undefined;
  return [{ name: name.text, type: spell(typeWords), ...(charset === undefined ? {} : { charset }) }];
}

/** The first words of attributes that may follow a type; all that may be part of it are left out. */
const ATTRIBUTES = new Set(
  'not null default auto_increment primary unique key comment on references check constraint generated as collate charset visible invisible column_format storage virtual stored persistent srid ref_system_id compressed with without engine_attribute secondary_engine_attribute'.split(
    ' ',
  ),
);

function endsType(token: SqlToken, next: SqlToken | undefined): boolean {
  const word = wordOf(token) ?? '';
  return ATTRIBUTES.has(word) || (['character', 'char'].includes(word) && isWord(next, 'set'));
}

/** `decimal(10,2) unsigned`, as information_schema has it. */
function spell(tokens: readonly SqlToken[]): string {
  return tokens
    .map(({ kind, text }, index) => {
      const isJoined =
        index === 0 || kind !== 'Word' || isSymbol(tokens[index - 1], '(') || isSymbol(tokens[index - 1], ',');
      return isJoined ? text : ` ${text}`;
    })
    .join('');
}

/** Types whose values are in a character set. */
const TEXT_TYPES = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set']);
/** Each collation begins with its character set, but for those that MariaDB has for all of Unicode's. */
const COLLATION = /^(?!uca1400_)([a-z0-9]+)(?:_\w+)?$/;

/** `CHARACTER SET latin1`, `CHARSET=latin1`, or the one in `COLLATE latin1_bin`. */
function charsetOf(tokens: readonly SqlToken[]): Word {
  const valueBehind = (index: number) => wordOf(tokens[index + (isSymbol(tokens[index + 1], '=') ? 2 : 1)]);
  for (const [index, token] of tokens.entries()) {
    if (isWord(token, 'charset')) return valueBehind(index);
    if (isWord(token, 'set') && ['character', 'char'].includes(wordOf(tokens[index - 1]) ?? ''))
      return valueBehind(index);
  }
  const collate = tokens.findIndex((token) => isWord(token, 'collate'));
  return collate === -1 ? undefined : COLLATION.exec(valueBehind(collate) ?? '')?.[1];
}
