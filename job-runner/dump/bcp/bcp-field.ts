import { DataError, type Location } from '../../../crds/contract/errors.ts';

/** A field of a DAT file as bcp's format file describes it. */
export interface BcpField {
  readonly name: string;
  readonly isWide: boolean;
  /** As the file has it: that of a wide field is in UTF-16. */
  readonly terminator: string;
  /** Only an XML format file has it. */
  readonly sourceType?: string;
}

export function unreadable(problem: string, location: Location): DataError {
  const message = `bcp's format file cannot be used (${problem}): create it again with bcp ... format nul -c -x -f, or leave it out of the dump`;
  return new DataError('FormatFileUnreadable', message, location);
}

/** Values as the server has them in memory, which only bcp reads. */
export function native(problem: string, location: Location): DataError {
  const message = `bcp's format file says that the data is not text with terminators (${problem}): export the table with bcp -c or -w`;
  return new DataError('NativeFormat', message, location);
}
