import { parseSourceType } from './source-type.ts';
import { isLossy } from './type-compatibility.ts';
import type { MappedType } from './type-map.ts';

const FLOAT = /^(?:real|double precision)(?:\[\])?$/;

/** Words of types whose numbers are exact in decimal digits, of whatever source. */
const DECIMAL = /^(?:dec|decimal|numeric|fixed|number|(?:small)?money)\b/;
const INTEGER = /^(?:big)?(?:int\d?|integer|serial)\b/;

/**
 * Whether a column of floating-point numbers has others in the source: with digits that count, and more of them than the type keeps. That is so below
 * a mother, or by a type map of the user's own.
 */
export function isExact(sourceType: string | undefined, mapped: MappedType | undefined, type: string): boolean {
  if (sourceType === undefined || mapped === undefined || !FLOAT.test(type)) return false;
  const source = FLOAT.test(mapped.type) ? exactType(sourceType) : mapped.type;
  return source !== undefined && isLossy(source, type);
}

function exactType(sourceType: string): string | undefined {
  const { words, parameters } = parseSourceType(sourceType);
  if (INTEGER.test(words)) return 'bigint';
  if (!DECIMAL.test(words)) return undefined;
  const hasDigits = parameters.length > 0 && parameters.every((parameter) => /^\d+$/.test(parameter));
  return hasDigits ? `numeric(${parameters.join(',')})` : 'numeric';
}
