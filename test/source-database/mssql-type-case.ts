import type { SceneColumn } from './mssql-scene.ts';
import * as wire from './tds-tokens.ts';

export interface TypeCase extends SceneColumn {
  /** What our SELECT must ask for. */
  readonly expression: string;
  /** The type in PostgreSQL. */
  readonly type: string;
  /** The values of three rows as they come, and what PostgreSQL must have of each. */
  readonly values: readonly (Buffer | null)[];
  readonly texts: readonly (string | null)[];
}

export const text = (value: string | null) => (value === null ? null : wire.utf16(value));
export const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** Of a column whose values the server spells as text; the texts are those that its documentation shows for the style. */
export function spelled(
  name: string,
  sys: SceneColumn['sys'],
  expression: string,
  type: string,
  sent: readonly (string | null)[],
  texts: readonly (string | null)[] = sent,
): TypeCase {
  const isLong = expression.includes('nvarchar(max)');
  const length = Number(/^CONVERT\(nvarchar\((\d+)\)/.exec(expression)?.[1] ?? '4000');
  const type_ = isLong ? wire.NVARCHAR_MAX : wire.NVARCHAR(length);
  return { name, sys, wire: type_, expression, type, values: sent.map(text), texts };
}

/** Of a column whose values the driver hands on. */
export function typed(
  name: string,
  sys: SceneColumn['sys'],
  type: string,
  wireType: wire.WireType,
  values: readonly (Buffer | null)[],
  texts: readonly (string | null)[],
): TypeCase {
  return { name, sys, wire: wireType, expression: `t.[${name}]`, type, values, texts };
}
