/** A source's column type in one spelling: `INT(10) unsigned zerofill NOT NULL` is `int unsigned` with the parameter `10`. */
export interface SourceType {
  /** The type's words in lower case, `unsigned` last. */
  readonly words: string;
  /** What stands in its parentheses, wherever they are. */
  readonly parameters: readonly string[];
}

/** From these words on the text speaks of the column, not of its type. */
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

/** Words within a type that change nothing of its values; as a first word each is a type itself or unknown. */
const IDLE_WORDS = new Set(['signed', 'zerofill', 'binary', 'ascii', 'unicode']);

/** A quoted text with its quote doubled or after a backslash, a bracketed name, a word, or any single character. */
const TOKEN = /'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*"|`(?:[^`]|``)*`|\[(?:[^\]]|\]\])*\]|[\p{L}\p{N}_$#@]+|\S/gsu;

/** Only an enumeration's members make a type longer, and they do not matter here; a hostile text shall not cost time. */
const LONGEST_TYPE = 1000;

export function parseSourceType(text: string): SourceType {
  const words: string[] = [];
  let parameters: string[] | undefined;
  const tokens = text.slice(0, LONGEST_TYPE).match(TOKEN) ?? [];
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

/** MySQL takes the attributes of numbers in any order; ZEROFILL implies UNSIGNED. */
function orderWords(words: readonly string[]): string {
  const [first, ...others] = words;
  const rest = others.filter((word) => !IDLE_WORDS.has(word) && word !== 'unsigned');
  const unsigned = others.some((word) => word === 'unsigned' || word === 'zerofill');
  return [first, ...rest, ...(unsigned ? ['unsigned'] : [])].join(' ');
}
