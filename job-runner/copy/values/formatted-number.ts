import type { ValueColumn } from './reading.ts';

/** Parentheses, a sign in front or a minus at the end, a currency sign on either side, and the digits with what separates them, and an exponent. */
const FORMATTED =
  /^(\()?([+-])?\p{Sc}?[ \u00a0\u202f]?([+-])?([\d.,](?:[\d.,'\u00a0\u202f ]*[\d.,])?)(e[+-]?\d{1,6})?[ \u00a0\u202f]?\p{Sc}?(-)?(\))?$/iu;
const BLANKS = /[ \u00a0\u202f']/g;

/**
 * The plain spelling of a number that has separators of thousands, a currency sign, a sign at its end or parentheses, or whose decimal separator is
 * a comma. Undefined where it is no such number, and 'Unclear' where a separator could be either of both.
 */
export function plainNumber(
  text: string,
  separator: ValueColumn['decimalSeparator'],
): { readonly plain: string } | 'Unclear' | undefined {
  const [, opened, before, inner, digits = '', exponent = '', behind, closed] = FORMATTED.exec(text.trim()) ?? [];
  const signs = [before, inner, behind].filter((sign) => sign !== undefined);
  if (!/\d/.test(digits) || (opened === undefined) !== (closed === undefined)) return undefined;
  if (signs.length + (opened === undefined ? 0 : 1) > 1) return undefined;
  const found = plainDigits(digits, separator);
  if (found === undefined || found === 'Unclear') return found;
  const sign = opened !== undefined || signs[0] === '-' ? '-' : '';
  return { plain: sign + found.plain + exponent };
}

function plainDigits(digits: string, separator: ValueColumn['decimalSeparator']): ReturnType<typeof plainNumber> {
  const decimal = separator ?? '.';
  const thousands = decimal === '.' ? ',' : '.';
  if (isNumber(digits, decimal, thousands)) {
    // 1,234 is 1234 to some and 1.234 to others; where both separators are there, or several of one, it is clear.
    const isSure = separator !== undefined || !/^\d{1,3},\d{3}$/.test(digits);
    return isSure ? { plain: strip(digits, thousands).replace(decimal, '.') } : 'Unclear';
  }
  return separator === undefined && isNumber(digits, thousands, decimal) ? 'Unclear' : undefined;
}

function isNumber(digits: string, decimal: string, thousands: string): boolean {
  const [whole = '', fraction, ...more] = digits.split(decimal);
  if (more.length > 0 || (fraction !== undefined && !/^\d*$/.test(fraction))) return false;
  if (/^\d*$/.test(whole)) return true;
  const groups = whole.replace(BLANKS, thousands).split(thousands);
  return groups.every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group));
}

function strip(digits: string, thousands: string): string {
  return digits.replace(BLANKS, '').replaceAll(thousands, '');
}
