/** The only place that quotes for SQL. Every name that comes from a file or a manifest passes through here. */

/** PostgreSQL silently truncates longer identifiers (NAMEDATALEN - 1). The plan shortens them itself, so that two never become one. */
export const IDENTIFIER_BYTES = 63;

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** An SQL identifier, always quoted. https://www.postgresql.org/docs/18/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export function quoteIdentifier(name: string): string {
  if (name === '') throw new Error('an identifier cannot be empty');
  if (name.includes('\0')) throw new Error('an identifier cannot contain a NUL character');
  return `"${name.replaceAll('"', '""')}"`;
}

/** A qualified name. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A string constant, safe under either setting of standard_conforming_strings: with a backslash it is written as E'...'. */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new Error('a string constant cannot contain a NUL character');
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}
