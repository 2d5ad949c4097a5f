import { literalPattern } from '../plan/literal-pattern.ts';
import { FileSample } from './file-sample.ts';

/** How other tools write NULL. */
const MARKERS = ['\\N', 'NULL', '(null)', '[NULL]', '<null>'];
/** To the letter, where the null marker is there as well. */
const BESIDE = [...MARKERS, 'null'];
const MYSQL = '\\N';

/**
 * Finds fields at the beginning of a file that look like NULL and are texts: another tool's word for it, and the null marker
 * in other letters or with blanks around it, as of columns of a fixed width. A column of numbers refuses it; one of texts would have the word.
 */
export class NullWords extends FileSample {
  get warnings(): string[] {
    const { nullMarker } = this.format;
    const fields = this.#likeNull();
    const other = fields.find((field) => field !== nullMarker && isSpelling(field, nullMarker));
    if (other !== undefined)
      return [
        `fields are ${shown(other)}, which is not the null marker (${nullMarker}) to the letter, and are loaded as texts: if they mean NULL, export the table again, or change them in its version table`,
      ];
    const isThere = this.#isThere(nullMarker);
    // Beside the null marker a word in other letters, such as the surname Null, is hardly ever one.
    const word = fields.find((field) => field !== nullMarker && (!isThere || BESIDE.includes(field.trim())));
    if (word === undefined) return [];
    if (isThere)
      return [
        `fields are ${shown(word)}, which is how some tools write NULL, beside the null marker (${nullMarker || 'nothing'}), and are loaded as texts: if they mean NULL, export the table again with one word for it, or change them in its version table`,
      ];
    const marker = nullMarker === '' ? 'nothing' : nullMarker;
    return [
      `fields are ${shown(word)}, which is how some tools write NULL, and none is the null marker (${marker}): if it means NULL, set spec.format.nullMarker to it and load the file again`,
    ];
  }

  /** The fields that are a word for NULL in any letters, with or without blanks around it. */
  #likeNull(): string[] {
    const words = [...MARKERS, this.format.nullMarker].filter((word) => word !== '').map(literalPattern);
    // Where a blank ends a field it pads none, and would be read again from each one before it.
    const pad = this.ends.includes(' ') ? '' : ' *';
    const pattern = new RegExp(`(?:^|${this.ends})(${pad}(?:${words.join('|')})${pad})(?=${this.ends})`, 'gi');
    const found = new Set(Array.from(this.sample.matchAll(pattern), ([, field = '']) => field));
    // In other letters it is MySQL's escape for a line feed.
    return [...found].filter((field) => field.trim() !== MYSQL.toLowerCase());
  }

  #isThere(field: string): boolean {
    return new RegExp(`(?:^|${this.ends})${literalPattern(field)}(?=${this.ends})`).test(this.sample);
  }
}

function isSpelling(field: string, nullMarker: string): boolean {
  return field.trim().toLowerCase() === nullMarker.trim().toLowerCase() && nullMarker.trim() !== '';
}

function shown(field: string): string {
  return field === field.trim() ? field : `${field.trim()} with blanks around it`;
}
