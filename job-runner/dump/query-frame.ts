/** What a query tool writes around the records: https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility */
import { DataError, type Location } from '../../crds/contract/errors.ts';

/** `(3 rows affected)`, in the language of the client, and the empty line before it. */
const FOOTER = /(?<=^|\n)[\r\n]*\((\d{1,18}) [^()\r\n]{1,60}\)\s*$/;
/** No footer is longer. */
const FOOTER_BYTES = 256;

/** Refuses what does not stand below sqlcmd's header: dashes, as many for each column as it is wide. */
export function refuseNoRuler(header: Buffer, ruler: Buffer, delimiter: string, location: Location): void {
  const dashes = ruler.toString('latin1').trimEnd().split(delimiter);
  if (!dashes.every((dash) => /^-+ *$/.test(dash))) {
    const message = /^Changed database context to /i.test(header.toString('latin1'))
      ? 'the first line is a message of sqlcmd: name the database with -d in place of USE, or remove the line from the DAT file'
      : 'the line below the header is not the line of dashes that sqlcmd writes: check spec.format.frame';
    throw new DataError('NoRuler', message, { ...location, line: 2 });
  }
  const names = header.toString('latin1').replace(/\r$/, '').split(delimiter);
  if (names.every((name) => name === name.trimEnd())) return;
  const message =
    'the columns are padded with blanks, which cannot be told from those of a value: export the table again by sqlcmd -W';
  throw new DataError('PaddedColumns', message, { ...location, line: 1 });
}

/** A text without the footer. */
export function withoutFooter(text: string): string {
  return text.replace(FOOTER, '');
}

/** Takes the footer from the end of a text that comes in chunks. */
export class FooterFilter {
  #held = Buffer.alloc(0);
  /** The number of rows that the footer says. */
  rows: number | undefined;
  /** How long the footer was. */
  bytes = 0;

  /** What is surely no part of the footer. */
  take(chunk: Buffer): Buffer {
    const text = Buffer.concat([this.#held, chunk]);
    const end = Math.max(0, text.length - FOOTER_BYTES);
    this.#held = Buffer.from(text.subarray(end));
    return text.subarray(0, end);
  }

  /** What is left of the records. */
  end(): Buffer {
    const found = FOOTER.exec(this.#held.toString('latin1'));
    if (found === null) return this.#held;
    this.rows = Number(found[1]);
    this.bytes = this.#held.length - found.index;
    return this.#held.subarray(0, found.index);
  }
}
