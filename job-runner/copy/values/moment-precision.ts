import { renderPostgresqlType } from '../../plan/postgresql-type.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** The digits of a second that PostgreSQL keeps. */
export const MAX_PRECISION = 6;

export function precisionOf({ type }: ValueColumn): number {
  return Number(type.parameters[0] ?? MAX_PRECISION);
}

export function significantDigits(fraction: string): number {
  return fraction.replace(/0+$/, '').length;
}

export function rounded(column: ValueColumn): Exclude<Reading, 'AsIs'> {
  const reason = `has more digits of a second than the ${precisionOf(column)} that ${renderPostgresqlType(column.type)} keeps`;
  return { problem: 'ValueRounded', reason };
}
