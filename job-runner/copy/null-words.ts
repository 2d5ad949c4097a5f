import { FileSample } from './file-sample.ts';

/** In other letters it is MySQL's escape for a line feed. */
const MYSQL = '\\N';
/** To writers that take the null marker for a text it is one that has a backslash. */
const ESCAPED = '\\\\N';
/** How other tools write NULL, in any letters. */
const WORDS = ['NULL', '(null)', '[NULL]', '<null>'];
/** To the letter, where the null marker is there as well. */
const BESIDE = [MYSQL, ...WORDS, 'null'];

/**
 * Finds fields at the beginning of a file that look like NULL and are texts: another tool's word for it, and the null marker
 * in other letters or with blanks around it, as of columns of a fixed width. A column of numbers refuses it; one of texts would have the word.
 */
export class NullWords extends FileSample {
  get warnings(): string[] {
    const { nullMarker } = this.format;
    const all = new Set(this.unquotedFields());
    const fields = [...all].filter((field) => isLikeNull(field, nullMarker));
    const other = fields.find((field) => field !== nullMarker && isSpelling(field, nullMarker));
    if (other !== undefined)
      return [
        `fields are ${shown(other)}, which is not the null marker (${nullMarker}) to the letter, and are loaded as texts: if they mean NULL, export the table again, or change them in its version table`,
      ];
    const isThere = all.has(nullMarker);
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
}

/** Whether the field is a word for NULL, with or without blanks around it. */
function isLikeNull(field: string, nullMarker: string): boolean {
  const word = field.trim();
  if (word === MYSQL || word === ESCAPED) return true;
  return word !== MYSQL.toLowerCase() && [...WORDS, nullMarker].some((other) => isSpelling(word, other));
}

function isSpelling(field: string, nullMarker: string): boolean {
  return field.trim().toLowerCase() === nullMarker.trim().toLowerCase() && nullMarker.trim() !== '';
}

function shown(field: string): string {
  return field === field.trim() ? field : `${field.trim()} with blanks around it`;
}
