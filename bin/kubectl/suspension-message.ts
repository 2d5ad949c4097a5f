import type { DumpIngestionObject } from '../../operator/kubernetes/client/objects.ts';
import { formatCount } from '../output/numbers.ts';

/** What a change of spec.suspend does to a DumpIngestion in this state. */
export function suspensionMessage({ metadata, spec, status = {} }: DumpIngestionObject, suspend: boolean): string {
  const { name } = metadata;
  if (spec.suspend === suspend)
    return `${name} is ${suspend ? 'suspended already' : 'not suspended'}: nothing was changed`;
  const hasEnded = status.completionTime !== undefined;
  const { running = 0, pending = 0 } = status.tables ?? {};
  if (!suspend) return hasEnded ? `${name} is resumed; its run has ended` : `${name} continues`;
  if (hasEnded) return `${name} is suspended: its run has ended, and the next one waits`;
  return `${name} is suspended: loads that run (${formatCount(running)}) continue to their end, the others (${formatCount(pending)}) wait until kubectl motherload resume ${name}`;
}
