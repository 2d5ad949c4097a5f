import { quoteIdentifier, quoteLiteral } from './sql.ts';

const PREFIXES = ['0x', '0X', '\\x', '\\X'];

/**
 * How hexadecimal digits become bytes. COPY would take `0x41` for the four characters that it is, so the column is loaded as text and
 * decoded afterwards; a prefix of two characters (MSSQL's and MySQL's, or PostgreSQL's own) is left out.
 */
export function hexConversion(column: string): { readonly stagedType: string; readonly using: string } {
  const name = quoteIdentifier(column);
  const prefixes = PREFIXES.map(quoteLiteral).join(', ');
  return {
    stagedType: 'text',
    using: `decode(CASE WHEN left(${name}, 2) IN (${prefixes}) THEN substr(${name}, 3) ELSE ${name} END, 'hex')`,
  };
}
