import { createHash } from 'node:crypto';
import { API_VERSION } from '../../build/table-ingestion.ts';
import type { EmitEvent } from '../../decide/action.ts';
import { REASONS } from '../../decide/reasons.ts';
import { hasStatus, type KubernetesApi } from '../client/api.ts';
import { pathOf, type EventObject } from '../client/objects.ts';
import { EVENTS } from '../client/resources.ts';

const COMPONENT = 'motherload-operator';
/** An Event's message has at most 1024 bytes (core/v1 validation). */
const MAX_MESSAGE_BYTES = 1000;

/** What an event is about. */
export interface InvolvedObject {
  readonly kind: 'DumpIngestion' | 'TableIngestion' | 'ScheduledDumpIngestion';
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid: string };
}

/** Records an event of an object. The same event again increases the count of the existing Event. */
export async function recordEvent(
  api: KubernetesApi,
  { kind, metadata }: InvolvedObject,
  event: EmitEvent,
  now: Date,
): Promise<void> {
  const message = truncated(event.message);
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
      kind,
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

/** `kubectl describe` sorts events by second, then by name: this part of the name puts reasons in their order in REASONS, that of a run. */
function reasonOrder(reason: string): string {
  const index = Object.keys(REASONS).indexOf(reason);
  return (index < 0 ? 255 : index).toString(16).padStart(2, '0');
}

function truncated(message: string): string {
  let text = message;
  while (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) text = `${text.slice(0, Math.floor(text.length * 0.9))}…`;
  return text;
}
