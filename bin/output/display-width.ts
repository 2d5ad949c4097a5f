import stringWidth from 'string-width';

/** Latin, Greek, Cyrillic and the characters between them, without combining marks and the soft hyphen: one column each. */
const NARROW = ' -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f';
/** Japanese kana, Chinese characters and Korean syllables: two columns each. */
const WIDE = '\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3';
const SIMPLE_TEXT = new RegExp(`^[${NARROW}${WIDE}]*$`);
const WIDE_CHARACTERS = new RegExp(`[${WIDE}]`, 'g');

/** The number of terminal columns of a text. string-width handles all of Unicode, but uses Intl: 10 µs for a word instead of 0.2 µs. */
export function displayWidth(text: string): number {
  return SIMPLE_TEXT.test(text) ? text.length + (text.match(WIDE_CHARACTERS)?.length ?? 0) : stringWidth(text);
}
