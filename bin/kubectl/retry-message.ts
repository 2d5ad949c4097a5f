import { dropsTables } from '../../crds/contract/mother-policy.ts';
import type { DumpIngestionObject } from '../../operator/kubernetes/client/objects.ts';
import { formatCount } from '../output/numbers.ts';

/** Whether a run of all tables drops those that are there. */
export function wouldDrop({ spec }: Pick<DumpIngestionObject, 'spec'>): boolean {
  return dropsTables(spec.motherTables.policy);
}

/** What a retry that was accepted will do, and when. */
export function retryMessage({ metadata, spec, status = {} }: DumpIngestionObject, all: boolean): string {
  const { name } = metadata;
  const { failed = 0, total = 0 } = status.tables ?? {};
  const tables = total === 0 ? 'all tables' : `all ${formatCount(total)} tables`;
  const failures =
    failed === 0
      ? 'the tables that are not loaded yet'
      : `the ${failed === 1 ? 'table that failed' : `${formatCount(failed)} tables that failed`}`;
  const what = all
    ? `${tables}${wouldDrop({ spec }) ? ', and drops what is loaded first' : ''}`
    : `${failures}, and those of dumps that have come since`;
  if (status.completionTime === undefined)
    return `${name} is under way; when this run has ended, the next one loads ${what}`;
  const suspended = spec.suspend ? `; it is suspended, and starts after kubectl motherload resume ${name}` : '';
  return `${name} runs again: it loads ${what}${suspended}`;
}
