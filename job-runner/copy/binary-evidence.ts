import * as abi from '../webassembly/abi.ts';
import type { ColumnKind } from './row-memory.ts';

/** A column after the last record, when its bound says what its values were. */
export interface ReadColumn extends Pick<ColumnKind, 'kind' | 'bound'> {
  readonly name: string;
}

/** The first column whose values do not show together how they are written, and why that is so. */
export function findUnclear(columns: readonly ReadColumn[]): { column: string; message: string } | undefined {
  for (const { name, kind, bound } of columns) {
    if (kind === abi.KIND_RAW && (bound & abi.RAW_SEEN) !== 0 && bound !== abi.RAW_SETTLED) {
      const message =
        'every value is written in hexadecimal digits or base64, and could as well be these very bytes: set spec.format.binaryValues to Hex, Base64 or Raw';
      return { column: name, message };
    }
    if (isOfDigits(kind) && hasAny(bound, abi.BITS_ALL) && hasAny(bound, abi.BITS_FEW | abi.BITS_DECIMAL)) {
      const message = `some values have the ${bound & abi.BITS_NUMBER} digits of all bits, and others fewer, which are decimal numbers, or binary ones without the zeros in front, as BIN() writes them: export the column as a number (b + 0)`;
      return { column: name, message };
    }
  }
  return undefined;
}

export function warnOfBits(columns: readonly ReadColumn[]): string[] {
  return columns.flatMap(({ name, kind, bound }) => {
    if (!isOfDigits(kind) || !hasAny(bound, abi.BITS_FEW) || hasAny(bound, abi.BITS_DECIMAL)) return [];
    return [
      `the values of ${name} are written with 0 and 1 alone, and were read as decimal numbers: if they are binary ones, as BIN() writes them, export the column as a number (b + 0)`,
    ];
  });
}

function isOfDigits(kind: number): boolean {
  return kind === abi.KIND_BITS || kind === abi.KIND_OPEN_BITS;
}

function hasAny(bound: number, evidence: number): boolean {
  return (bound & evidence) !== 0;
}
