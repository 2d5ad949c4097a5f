/** A parsed column type of the source: `INT(10) unsigned zerofill NOT NULL` is `int unsigned` with the parameter `10`. */
export interface SourceType {
  /** The type's words in lower case, `unsigned` last. */
  readonly words: string;
  /** The contents of its parentheses, wherever they are. */
  readonly parameters: readonly string[];
}

/** The type ends before these words, which describe the column. */
const COLUMN_WORDS = new Set(
  [
    [
      'not',
      'null',
      'default',
      'auto_increment',
      'identity',
      'primary',
      'unique',
      'key',
      'comment',
      'on',
      'references',
      'check',
    ],
    [
      'constraint',
      'generated',
      'as',
      'collate',
      'charset',
      'sparse',
      'rowguidcol',
      'filestream',
      'persisted',
      'visible',
      'invisible',
    ],
    ['column_format', 'storage', 'virtual', 'stored', 'masked', 'encrypted', 'hidden', 'srid', 'compressed'],
  ].flat(),
);

/** Words that do not change a type's values, unless they are its first word. */
const IGNORED_WORDS = new Set(['signed', 'zerofill', 'binary', 'ascii', 'unicode']);

/** A quoted text, in which a quote is doubled or escaped by a backslash, a bracketed name, a word, or any single character. */
const TOKEN = /'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|`(?:[^`]|``)*`|\[(?:[^\]]|\]\])*\]|[\p{L}\p{N}_$#@]+|\S/gsu;

/** Only the members of an ENUM make a type longer, and they are not needed; the limit keeps hostile text from taking time. */
const MAX_TYPE_LENGTH = 1000;

/** MariaDB notes in a comment that a column has the format of an old version, and MySQL what other servers should not read. */
const COMMENT = /\/\*.*?\*\//gs;

export function parseSourceType(text: string): SourceType {
  const words: string[] = [];
  let parameters: string[] | undefined;
  const tokens = withoutComments(text.slice(0, MAX_TYPE_LENGTH)).match(TOKEN) ?? [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? '';
    if (token === '(') {
      const end = closingParenthesis(tokens, index);
      parameters ??= parametersOf(tokens.slice(index + 1, end));
      index = end;
      continue;
    }
    const word = nameOf(token);
    if (endsType(word, words, nameOf(tokens[index + 1] ?? ''))) break;
    if (tokens[index + 1] === '.' && (word === 'sys' || word === 'dbo')) index++;
    else words.push(word);
  }
  return { words: orderWords(words), parameters: parameters ?? [] };
}

/** Not in quotes, where it is a text. */
function withoutComments(text: string): string {
  return text.includes('/*') && !/['"`]/.test(text) ? text.replace(COMMENT, ' ') : text;
}

function endsType(word: string, before: readonly string[], next: string): boolean {
  if (before.length === 0) return false;
  return COLUMN_WORDS.has(word) || ((word === 'character' || word === 'char') && next === 'set');
}

/** The word in a token: `[int]`, `"int"` and `` `int` `` are `int`. */
function nameOf(token: string): string {
  const unquoted = /^[["`].*[\]"`]$/s.test(token) ? token.slice(1, -1) : token;
  return unquoted.trim().toLowerCase().replaceAll(/\s+/g, ' ');
}

function closingParenthesis(tokens: readonly string[], start: number): number {
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    if (tokens[index] === '(') depth++;
    else if (tokens[index] === ')' && --depth === 0) return index;
  }
  return tokens.length;
}

function parametersOf(tokens: readonly string[]): string[] {
  const list: string[][] = [[]];
  for (const token of tokens) {
    if (token === ',') list.push([]);
    else list.at(-1)?.push(token);
  }
  return list.map((parts) => parts.join('').toLowerCase()).filter((parameter) => parameter !== '');
}

/** MySQL accepts the attributes of numbers in any order; ZEROFILL implies UNSIGNED. */
function orderWords(words: readonly string[]): string {
  const [first, ...others] = words;
  const rest = others.filter((word) => !IGNORED_WORDS.has(word) && word !== 'unsigned');
  const unsigned = others.some((word) => word === 'unsigned' || word === 'zerofill');
  return [first, ...rest, ...(unsigned ? ['unsigned'] : [])].join(' ');
}
