import { createRequire } from 'node:module';

/** Latin, Greek, Cyrillic and the characters between them, without combining marks and the soft hyphen: one column each. */
const NARROW = ' -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f';
/** Japanese kana, Chinese characters and Korean syllables: two columns each. */
const WIDE = '\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3';
const SIMPLE_TEXT = new RegExp(`^[${NARROW}${WIDE}]*$`);
const WIDE_CHARACTERS = new RegExp(`[${WIDE}]`, 'g');

/** The number of terminal columns of a text. */
export function displayWidth(text: string): number {
  if (SIMPLE_TEXT.test(text)) return text.length + (text.match(WIDE_CHARACTERS)?.length ?? 0);
  return stringWidth()(text);
}

type StringWidth = (text: string) => number;

let loaded: StringWidth | undefined;

/** It handles all of Unicode, and uses Intl: 10 µs for a word instead of 0.2 µs, and its regular expressions take 50 ms to load. */
function stringWidth(): StringWidth {
  loaded ??= (createRequire(import.meta.url)('string-width') as { default: StringWidth }).default;
  return loaded;
}
