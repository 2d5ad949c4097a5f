import type { RejectLimits } from '../../crds/contract/task.ts';

/** Whether records may be left out at all. */
export function mayReject({ limit, percent }: RejectLimits = {}): boolean {
  return percent === undefined ? (limit ?? 0) > 0 : percent > 0 && limit !== 0;
}

/** The limit that so many rejects of so many records exceed, in words. */
export function exceededLimit(rejects: number, records: number, limits: RejectLimits = {}): string | undefined {
  const { limit, percent } = limits;
  if (rejects === 0) return undefined;
  if (!mayReject(limits)) return 'spec.rejects allows none';
  if (rejects > (limit ?? Infinity)) return `spec.rejects.limit is ${limit ?? 0}`;
  return percent !== undefined && rejects * 100 > percent * records ? `spec.rejects.percent is ${percent}` : undefined;
}
