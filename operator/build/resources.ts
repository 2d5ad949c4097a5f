import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { DumpIngestionSpec } from '../../crds/contract/generated.ts';
import type { JobTemplate } from '../../crds/contract/manifest.ts';
import { valueOf } from '../../crds/contract/quantity.ts';
import { streamCount } from '../../crds/contract/stream-count.ts';
import type { Work } from '../decide/action.ts';

/** A table with this many bytes of DAT text keeps each of its streams busy for seconds; a smaller one is loaded before a core is used up. */
const BUSY_BYTES = 64 * 1024 * 1024;
/** Node, its connection and a table of a few rows. */
const LEAST_MILLICORES = 100;

/**
 * A runner's resources: the template's, with `loading.resources: Auto` with less CPU requested for a small table. Not less memory: a runner
 * holds some buffers for each stream, whatever the table's size.
 */
export function buildResources(
  { resources = {} }: JobTemplate,
  work: Work,
  loading: DumpIngestionSpec['loading'],
): V1ResourceRequirements {
  const requests = resources.requests === undefined ? undefined : asStrings(resources.requests);
  const ceiling = requests?.['cpu'];
  const needed = loading.resources === 'Auto' ? millicoresFor(work, loading) : undefined;
  const isLess = ceiling !== undefined && needed !== undefined && needed < valueOf(ceiling) * 1000;
  return {
    ...(requests === undefined ? {} : { requests: isLess ? { ...requests, cpu: `${needed}m` } : requests }),
    ...(resources.limits === undefined ? {} : { limits: asStrings(resources.limits) }),
  };
}

/** Undefined if it does not depend on a table. */
function millicoresFor(work: Work, { streamsPerTable }: DumpIngestionSpec['loading']): number | undefined {
  if (work.kind !== 'Load' && work.kind !== 'LoadBatch') return undefined;
  const tables = work.kind === 'Load' ? [work.table] : work.tables.map(({ spec }) => spec);
  const bytes = tables.reduce((sum, { dat }) => sum + Math.max(0, dat?.bytes ?? 0), 0);
  // Those that share a Job are loaded one after the other.
  const streams = work.kind === 'Load' ? streamCount(streamsPerTable, bytes) : 1;
  return Math.max(LEAST_MILLICORES, Math.ceil(streams * 1000 * Math.min(1, bytes / BUSY_BYTES)));
}

/** Quantities as strings, which is how Kubernetes stores them. */
function asStrings(quantities: Readonly<Record<string, number | string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([resource, quantity]) => [resource, String(quantity)]));
}
