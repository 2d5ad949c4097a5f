import { crc32 } from 'node:zlib';
import { DataError, shorten, type Location, type MotherloadError } from '../../crds/contract/errors.ts';
import { sourceColumnName } from '../plan/source-name.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { hexadecimal } from './read-entry.ts';
import { refuseCount, refuseDuplicates } from './schema-columns.ts';

/** A column as the source database's own catalog has it. */
export interface SourceColumn {
  readonly name: string;
  /** With its parameters, for instance `decimal(10,2)`. */
  readonly type: string;
  /** The type's name alone. */
  readonly dataType: string;
}

/** A table of a source database, or what else its schema has under such a name. */
export interface SourceTable {
  readonly name: string;
  /** BASE TABLE, VIEW, SYSTEM VERSIONED, SEQUENCE, and what other kinds the server has. */
  readonly kind: string;
  /** Estimates of the server. */
  readonly rows: number;
  readonly bytes: number;
  readonly columns: readonly SourceColumn[];
  /** Whether the user may SELECT all of the columns that it sees. */
  readonly isReadable: boolean;
  /** Why its values cannot be read as they are, though the user may read the table. */
  readonly refusal?: MotherloadError | undefined;
}

/** The columns as those of a schema file. */
export function schemaColumnsOf(columns: readonly SourceColumn[], location: Location): readonly SchemaColumn[] {
  refuseCount(columns.length, location);
  const found = columns.map(({ name, type }): SchemaColumn => {
    const column = sourceColumnName(name);
    if (column === '' || column.includes('\0')) {
      const message = `the column ${shorten(name)} has a name that PostgreSQL cannot have: rename it`;
      throw new DataError('ColumnName', message, location);
    }
    // MariaDB puts the version that stored an old column behind its type, in a comment.
    return { name: column, sourceType: type.replaceAll(/\/\*.*?\*\//g, '').trim() };
  });
  refuseDuplicates(found, location);
  return found;
}

/** Changes with each change of the columns that changes what is read. */
export function fingerprintOf(columns: readonly SourceColumn[]): { readonly crc32: string; readonly bytes: number } {
  const text = Buffer.from(JSON.stringify(columns.map(({ name, type }) => [name, type])));
  return { crc32: hexadecimal(crc32(text)), bytes: text.length };
}
