import { FileSample } from './file-sample.ts';

/** Those of most tools. */
const MAIN_QUOTES = ['"', "'", '`'];
/** Those of few; data of the US government has ~. */
export const RARE_QUOTES = ['~', '^', '%', '$', '#', '@', '!', '*', '|'];
/** A number, a date or a boolean, which most tools leave without quotes. */
const BARE = /^(?:[-+\d.,:/ eE]*|true|false|[tf]|nan|-?inf(?:inity)?)$/i;

/**
 * Finds out whether the texts at the beginning of a file are all enclosed by a character that is not the quote of its format, as those of
 * OPTIONALLY ENCLOSED BY: no column of texts refuses it, and each value would have the quotes.
 */
export class ForeignQuotes extends FileSample {
  get warnings(): string[] {
    const { nullMarker } = this.format;
    const ends = this.format.recordTerminator === '\n' ? `${this.ends}|\r\n` : this.ends;
    const fields = this.sample.split(new RegExp(ends));
    // The last one may be cut.
    const texts = fields.slice(0, -1).filter((field) => field !== nullMarker && !BARE.test(field));
    const found = texts.length === 0 ? undefined : this.#enclosing([...MAIN_QUOTES, ...RARE_QUOTES], texts);
    if (found === undefined) return this.#warningsOfColumns();
    return [
      `all texts at the beginning of the file are enclosed by ${found}, and were loaded with it: if it is no part of the values, set spec.format.quote to it and load the file again`,
    ];
  }

  /** One column of texts may be quoted and the others not, as dates are by SQL*Plus. */
  #warningsOfColumns(): string[] {
    const { delimiter, recordTerminator, nullMarker } = this.format;
    const isLine = ['', '\n', '\r\n'].includes(recordTerminator);
    const records = this.sample.split(isLine ? /\r?\n/ : recordTerminator);
    const rows = records.slice(0, -1).map((record) => record.split(delimiter));
    const [columns = 0] = rows.map((fields) => fields.length);
    const whole = rows.filter((fields) => fields.length === columns);
    for (let index = 0; index < columns; index++) {
      const values = whole.map((fields) => fields[index] ?? '').filter((value) => value !== '' && value !== nullMarker);
      const found = values.length < ENOUGH ? undefined : this.#enclosing(MAIN_QUOTES, values);
      if (found !== undefined)
        return [
          `all values of column ${index + 1} at the beginning of the file are enclosed by ${found}, and were loaded with it: if it is no part of the values, set spec.format.quote to it and load the file again`,
        ];
    }
    return [];
  }

  /** Which of the quotes, but for the format's own and parts of its delimiter, encloses all of the texts. */
  #enclosing(quotes: readonly string[], texts: readonly string[]): string | undefined {
    const { delimiter, quote } = this.format;
    return quotes
      .filter((each) => each !== quote && !delimiter.includes(each))
      .find((each) => texts.every((text) => isEnclosed(text, each)));
  }
}

/** Fewer values may be enclosed by chance. */
const ENOUGH = 3;

function isEnclosed(text: string, quote: string): boolean {
  return text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
}
