import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The apiserver's flags for an audit log of the requests of this user only. */
export function auditFlags(folder: string, user: string): string[] {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', users: [user] }, { level: 'None' }],
  };
  const file = join(folder, 'audit-policy.json');
  writeFileSync(file, JSON.stringify(policy));
  return [`--audit-policy-file=${file}`, `--audit-log-path=${auditFile(folder)}`, '--audit-log-maxsize=2000'];
}

function auditFile(folder: string): string {
  return join(folder, 'audit.log');
}

export interface Requests {
  /** The number of requests by verb and resource, such as `patch tableingestions/status`. */
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
  /** The times, in seconds, between two status writes of the same object. */
  readonly statusGaps: readonly number[];
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly requestReceivedTimestamp: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

/** The requests in the apiserver's audit log. */
export async function readAudit(folder: string): Promise<Requests> {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  const writes = new Map<string, number[]>();
  for await (const line of createInterface({ input: createReadStream(auditFile(folder)) })) {
    const { auditID, verb, objectRef = {}, requestReceivedTimestamp } = JSON.parse(line) as AuditEvent;
    // A watch is logged when it starts and when it ends.
    if (seen.has(auditID)) continue;
    seen.add(auditID);
    const { resource = 'other', subresource, namespace = '', name = '' } = objectRef;
    const request = `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
    counts.set(request, (counts.get(request) ?? 0) + 1);
    if (verb !== 'patch' || subresource !== 'status') continue;
    const object = `${resource}/${namespace}/${name}`;
    writes.set(object, [...(writes.get(object) ?? []), Date.parse(requestReceivedTimestamp)]);
  }
  return { counts, total: seen.size, statusGaps: [...writes.values()].flatMap(gapsOf) };
}

function gapsOf(times: number[]): number[] {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted.slice(1).map((time, index) => (time - (sorted[index] ?? 0)) / 1000);
}
