import type { DumpIngestionSpec } from './generated.ts';

export type MotherPolicy = DumpIngestionSpec['motherTables']['policy'];

/** Whether a run of all tables begins by dropping those that are loaded. */
export function dropsTables(policy: MotherPolicy): boolean {
  return policy === 'Recreate' || policy === 'Purge';
}
