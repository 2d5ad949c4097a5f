import { createHash } from 'node:crypto';
import { API_VERSION } from '../../build/table-ingestion.ts';
import type { EmitEvent } from '../../decide/action.ts';
import type { ObservedIngestion } from '../../decide/observed.ts';
import { REASONS } from '../../decide/reasons.ts';
import { hasStatus, type KubernetesApi } from '../client/api.ts';
import { pathOf, type EventObject } from '../client/objects.ts';
import { EVENTS } from '../client/resources.ts';

const COMPONENT = 'motherload-operator';
/** An Event's message is bounded at 1024 bytes (core/v1 validation). */
const MESSAGE_LENGTH = 1000;

/** Tells an event on the DumpIngestion. The same one again is counted on the Event that is there. */
export async function recordEvent(
  api: KubernetesApi,
  { metadata }: ObservedIngestion,
  event: EmitEvent,
  now: Date,
): Promise<void> {
  const message = bounded(event.message);
  const digest = createHash('sha256')
    .update(JSON.stringify([metadata.uid, event.level, event.reason, message]))
    .digest('hex');
  const name = `${metadata.name.slice(0, 230)}.${reasonOrder(event.reason)}${digest.slice(0, 14)}`;
  const path = pathOf(EVENTS, metadata.namespace);
  const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: metadata.namespace },
    involvedObject: {
      apiVersion: API_VERSION,
      kind: 'DumpIngestion',
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
    },
    type: event.level,
    reason: event.reason,
    message,
    count: 1,
    firstTimestamp: time,
    lastTimestamp: time,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: '',
  };
  try {
    await api.request('POST', path, { body });
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    const before = await api.request<EventObject>('GET', `${path}/${name}`);
    const repeated = { count: (before.count ?? 1) + 1, lastTimestamp: time };
    await api.request('PATCH', `${path}/${name}`, { body: repeated, contentType: 'application/merge-patch+json' });
  }
}

/** `kubectl describe` goes by seconds, and within one by names: in them the reasons follow each other as in the list, in the story's order. */
function reasonOrder(reason: string): string {
  const place = Object.keys(REASONS).indexOf(reason);
  return (place < 0 ? 255 : place).toString(16).padStart(2, '0');
}

function bounded(message: string): string {
  let text = message;
  while (Buffer.byteLength(text) > MESSAGE_LENGTH) text = `${text.slice(0, Math.floor(text.length * 0.9))}…`;
  return text;
}
