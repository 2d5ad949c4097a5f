import { quoteIdentifier, quoteLiteral } from './sql.ts';

const PREFIXES = ['0x', '0X', '\\x', '\\X'];

/**
 * How hexadecimal digits become bytes. COPY into bytea would store `0x41` as these four characters, so the column is loaded as text and converted
 * afterwards, without the prefix of MSSQL and MySQL or of PostgreSQL.
 */
export function hexConversion(column: string): { readonly stagedType: string; readonly using: string } {
  const name = quoteIdentifier(column);
  const prefixes = PREFIXES.map(quoteLiteral).join(', ');
  return {
    stagedType: 'text',
    using: `decode(CASE WHEN left(${name}, 2) IN (${prefixes}) THEN substr(${name}, 3) ELSE ${name} END, 'hex')`,
  };
}
