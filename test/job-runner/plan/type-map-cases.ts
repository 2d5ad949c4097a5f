import assert from 'node:assert/strict';
import { mapType, type TypeMap } from '../../../job-runner/plan/type-map.ts';

/** `bytea hex` where a conversion belongs to the type, `unknown` where the dialect does not have it. */
export function mapped(map: TypeMap, source: string): string {
  const { type, known, conversion } = mapType(map, source);
  if (!known) return `unknown ${type}`;
  return conversion === undefined ? type : `${type} ${conversion}`;
}

export function checkAll(map: TypeMap, cases: Record<string, string>): void {
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((source) => [source, mapped(map, source)])), cases);
}
