/** A number as it is written in decimal digits. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** Digits after the point that are not trailing zeros; below zero where there are zeros before the point. */
  readonly fractionDigits: number;
}

const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?\s*$/;

/** Undefined where the text is not plain digits, with or without an exponent. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const written = (whole + fraction).replace(/0+$/, '');
  const trailingZeros = whole.length + fraction.length - written.length;
  const digits = written.replace(/^0+/, '');
  if (digits === '') return { isNegative: false, digits, fractionDigits: 0 };
  return { isNegative: sign === '-', digits, fractionDigits: fraction.length - trailingZeros - Number(exponent) };
}

export function isSameDecimal(one: Decimal, other: Decimal | undefined): boolean {
  return (
    one.digits === other?.digits && one.fractionDigits === other.fractionDigits && one.isNegative === other.isNegative
  );
}
