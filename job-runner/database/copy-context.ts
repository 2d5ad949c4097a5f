import { literalPattern } from '../plan/literal-pattern.ts';
import { STAGING_TABLE_PATTERN } from '../plan/staging-table.ts';

/** Where COPY says it is in its data. */
export interface CopyContext {
  /** By COPY's own count, from 1. */
  readonly line: number;
  /** The text after the number. */
  readonly rest: string;
}

/**
 * The context that PostgreSQL adds to an error of a COPY into a staging table (`COPY staging_0123456789abcdef, line 12, column price: "x"`),
 * in the language of the server's lc_messages, which only a superuser may set. All translations of PostgreSQL's src/backend/po keep the order
 * of table, line and column; `COPY` itself is translated in some of them. `table` is the name of one that is no staging table.
 */
export function readCopyContext(where: string | undefined, table?: string): CopyContext | undefined {
  const name = table === undefined ? STAGING_TABLE_PATTERN : literalPattern(table);
  const found = new RegExp(String.raw`${name}[^\d\n:]{1,40}?(\d+)(.*)$`, 's').exec(where ?? '');
  return found === null ? undefined : { line: Number(found[1]), rest: found[2] ?? '' };
}

/** Which of the copied columns the context names. A value, which follows a colon, is never taken for a name. */
export function columnOfContext({ rest }: CopyContext, columns: readonly string[]): string | undefined {
  const tail = /^[^:,、]*[,、] ?(.*)$/s.exec(rest)?.[1];
  if (tail === undefined) return undefined;
  const word = /^\S+ /.exec(tail)?.[0] ?? '';
  // `column price: …`, in most languages; `price 열: …` in Korean.
  return longestAt(tail.slice(word.length), columns, /^(?:\s?:|$)/) ?? longestAt(tail, columns, /^ \S+?(?::|$)/);
}

/** The value that the context shows, which PostgreSQL cuts at 100 bytes. */
export function valueOfContext({ rest }: CopyContext): string | undefined {
  return /: "(.*)"$/s.exec(rest)?.[1];
}

function longestAt(text: string, columns: readonly string[], end: RegExp): string | undefined {
  const found = columns.filter((name) => text.startsWith(name) && end.test(text.slice(name.length)));
  return found.sort((one, other) => other.length - one.length)[0];
}
