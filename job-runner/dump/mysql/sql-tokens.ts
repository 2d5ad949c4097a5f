/** A word, a quoted name, a quoted text, or any other character. */
export interface SqlToken {
  readonly kind: 'Word' | 'Name' | 'Text' | 'Symbol';
  /** What is within the quotes of a name; all else as it is written. */
  readonly text: string;
  readonly start: number;
}

/** SQL that ends within a text, a name or a comment. */
export class UnclosedSql extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('a quote or a comment is not closed');
    this.offset = offset;
  }
}

const WORD = /[\w$@.\u0080-\uffff]+/y;
const BLANKS = /\s+/y;
/** `/*!50606 ...` and MariaDB's `/*M!100301 ...`: what is within is SQL. */
const CONDITION = /\/\*M?!(\d{5,6})?/y;
/** `-- ` needs the blank. https://dev.mysql.com/doc/refman/9.4/en/comments.html */
const LINE_COMMENT = /(?:#|--(?=\s|$))[^\n]*/y;
/** No server has this version: mariadb-dump writes its sandbox line so. */
const NEVER = 999_999;

/**
 * The tokens of a script as mysqldump writes it, without comments. One after the other and without a regular expression that could run away, since
 * the text is hostile.
 */
export class SqlTokens {
  readonly sql: string;
  #offset = 0;
  #isConditional = false;

  constructor(sql: string) {
    this.sql = sql;
  }

  /** Undefined at the end. */
  next(): SqlToken | undefined {
    for (;;) {
      const start = this.#offset;
      const character = this.sql[start];
      if (character === undefined) return undefined;
      if (this.#skip(BLANKS) || this.#skip(LINE_COMMENT) || this.#skipComment()) continue;
      if (character === '`' || character === '"') return { kind: 'Name', text: this.#quoted(character), start };
      if (character === "'") {
        this.#quoted(character);
        return { kind: 'Text', text: this.sql.slice(start, this.#offset), start };
      }
      if (this.#skip(WORD)) return { kind: 'Word', text: this.sql.slice(start, this.#offset), start };
      this.#offset++;
      return { kind: 'Symbol', text: character, start };
    }
  }

  /** Continues behind the next occurrence of the text, or at the end. */
  skipBehind(text: string): void {
    const found = this.sql.indexOf(text, this.#offset);
    this.#offset = found === -1 ? this.sql.length : found + text.length;
  }

  #skip(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#offset;
    const match = pattern.exec(this.sql);
    if (match === null) return undefined;
    this.#offset = pattern.lastIndex;
    return match;
  }

  #skipComment(): boolean {
    const start = this.#offset;
    if (this.#isConditional && this.sql.startsWith('*/', start)) {
      this.#isConditional = false;
      this.#offset += 2;
      return true;
    }
    if (!this.sql.startsWith('/*', start)) return false;
    const condition = this.#skip(CONDITION);
    if (condition !== undefined && Number(condition[1] ?? 0) < NEVER) {
      this.#isConditional = true;
      return true;
    }
    const end = this.sql.indexOf('*/', start + 2);
    if (end === -1) throw new UnclosedSql(start);
    this.#offset = end + 2;
    return true;
  }

  /** A quote is doubled within; in texts a backslash escapes the next character, too. */
  #quoted(quote: string): string {
    const start = this.#offset;
    let text = '';
    for (let from = start + 1, at = from; ; at++) {
      const character = this.sql[at];
      if (character === undefined) throw new UnclosedSql(start);
      if (character === '\\' && quote !== '`') at++;
      if (character !== quote) continue;
      text += this.sql.slice(from, at);
      from = at + 1;
      if (this.sql[from] !== quote) {
        this.#offset = from;
        return text;
      }
      at = from;
    }
  }
}
