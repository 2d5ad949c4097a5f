import { ManifestError, type Location } from '../../crds/contract/errors.ts';
import type { DecidedColumn } from './columns.ts';
import { highCharacters } from './encoded-text.ts';
import { canonicalName, isUtf8 } from './encodings.ts';
import { columnName } from './identifier.ts';
import { sourceColumnName } from './source-name.ts';

/** As many encodings, the file's included, as `webassembly/abi.ts` has room for. */
const MAX_ENCODINGS = 8;

/**
 * The columns with the encodings that the manifest gives to some of them: MySQL writes each column in its own. In the file's encoding and in theirs each
 * ASCII byte must be that character, and all must become UTF-8 here, since COPY knows but one encoding.
 */
export function withEncodings(
  columns: readonly DecidedColumn[],
  encodings: Readonly<Record<string, string>>,
  fileEncoding: string,
  location: Location,
): readonly DecidedColumn[] {
  const byKey = new Map(Object.entries(encodings).map(([name, encoding]) => [keyOf(name), encoding]));
  const encoded = columns.map((column) => {
    const encoding = column.dumpName === undefined ? undefined : byKey.get(keyOf(column.dumpName));
    if (encoding === undefined || !column.isInHeader || canonicalName(encoding) === canonicalName(fileEncoding))
      return column;
    refuseOthers(encoding, `spec.format.columnEncodings.${column.name}`, location);
    refuseOthers(fileEncoding, 'the encoding of the file, where spec.format.columnEncodings names columns,', location);
    return { ...column, planned: { ...column.planned, encoding } };
  });
  const names = new Set([fileEncoding, ...encoded.flatMap(({ planned }) => planned.encoding ?? [])]);
  if (names.size <= MAX_ENCODINGS) return encoded;
  const message = `spec.format.columnEncodings makes ${names.size} encodings of this file, and ${MAX_ENCODINGS} are possible`;
  throw new ManifestError('ColumnEncoding', message, location);
}

function keyOf(name: string): string {
  return columnName(sourceColumnName(name));
}

function refuseOthers(encoding: string, subject: string, location: Location): void {
  if (isUtf8(encoding) || highCharacters(encoding) !== undefined) return;
  throw new ManifestError('ColumnEncoding', `${subject} is ${encoding}: use UTF8, or a single-byte encoding`, location);
}
