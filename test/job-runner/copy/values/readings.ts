import assert from 'node:assert/strict';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import type { Reading, ValueColumn } from '../../../../job-runner/copy/values/reading.ts';
import { parsePostgresqlType } from '../../../../job-runner/plan/postgresql-type.ts';

export function column(type: string, more: Partial<ValueColumn> = {}): ValueColumn {
  const parsed = type === '"char"' ? { name: type, parameters: [], array: false } : parsePostgresqlType(type);
  assert.ok(parsed, type);
  return {
    type: parsed,
    binary: undefined,
    isPostgresql: false,
    isLossy: false,
    isExact: false,
    isFromText: false,
    dateOrder: undefined,
    zeroDates: 'Fail',
    decimalSeparator: undefined,
    ...more,
  };
}

/** What a reading comes to, in one word or the other spelling. */
export function outcome(reading: Reading): string | null {
  if (reading === 'AsIs') return reading;
  return 'instead' in reading ? reading.instead : reading.problem;
}

export function check(
  type: string,
  cases: Readonly<Record<string, string | null>>,
  more: Partial<ValueColumn> = {},
): void {
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(outcome(readValue(text, column(type, more))), expected, `${type} of ${JSON.stringify(text)}`);
  }
}
