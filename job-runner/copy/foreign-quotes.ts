import { FileSample } from './file-sample.ts';

/** Those of most tools. */
const MAIN_QUOTES = ['"', "'", '`'];
/** Data of the US government has others, such as ~. */
const QUOTES = [...MAIN_QUOTES, '~', '^', '%', '$', '#', '@', '!', '*', '|'];
/** A number, a date or a boolean, which most tools leave without quotes. */
const BARE = /^(?:[-+\d.,:/ eE]*|true|false|[tf]|nan|-?inf(?:inity)?)$/i;

/**
 * Finds out whether the texts at the beginning of a file are all enclosed by a character that is not the quote of its format, as those of
 * OPTIONALLY ENCLOSED BY: no column of texts refuses it, and each value would have the quotes.
 */
export class ForeignQuotes extends FileSample {
  get warnings(): string[] {
    const { delimiter, nullMarker, quote } = this.format;
    const ends = this.format.recordTerminator === '\n' ? `${this.ends}|\r\n` : this.ends;
    const fields = this.sample.split(new RegExp(ends));
    // The last one may be cut.
    const texts = fields.slice(0, -1).filter((field) => field !== nullMarker && !BARE.test(field));
    const found = QUOTES.filter((each) => each !== quote && !delimiter.includes(each)).find(
      (each) => texts.length > 0 && texts.every((text) => isEnclosed(text, each)),
    );
    if (found === undefined) return this.#warningsOfColumns();
    return [
      `all texts at the beginning of the file are enclosed by ${found}, and were loaded with it: if it is no part of the values, set spec.format.quote to it and load the file again`,
    ];
  }

  /** One column of texts may be quoted and the others not, as dates are by SQL*Plus. */
  #warningsOfColumns(): string[] {
    const { delimiter, recordTerminator, nullMarker, quote } = this.format;
    const isLine = ['', '\n', '\r\n'].includes(recordTerminator);
    const records = this.sample.split(isLine ? /\r?\n/ : recordTerminator);
    const rows = records.slice(0, -1).map((record) => record.split(delimiter));
    const [columns = 0] = rows.map((fields) => fields.length);
    const whole = rows.filter((fields) => fields.length === columns);
    for (let index = 0; index < columns; index++) {
      const values = whole.map((fields) => fields[index] ?? '').filter((value) => value !== '' && value !== nullMarker);
      const found = MAIN_QUOTES.filter((each) => each !== quote && !delimiter.includes(each)).find(
        (each) => values.length >= ENOUGH && values.every((value) => isEnclosed(value, each)),
      );
      if (found !== undefined)
        return [
          `all values of column ${index + 1} at the beginning of the file are enclosed by ${found}, and were loaded with it: if it is no part of the values, set spec.format.quote to it and load the file again`,
        ];
    }
    return [];
  }
}

/** Fewer values may be enclosed by chance. */
const ENOUGH = 3;

function isEnclosed(text: string, quote: string): boolean {
  return text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
}
