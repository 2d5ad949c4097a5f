import { LABELS } from '../../../crds/contract/names.ts';
import { API_VERSION } from '../../build/table-ingestion.ts';
import type { Resource } from './objects.ts';

/**
 * The resources that the operator uses; of Jobs and pods only those with its label. A page of the largest objects that a tenant can create, 1.5 MB
 * each for DumpIngestions, must fit into the operator's memory beside all else.
 */
export const DUMP_INGESTIONS: Resource = { group: API_VERSION, plural: 'dumpingestions', pageSize: 20 };
export const TABLE_INGESTIONS: Resource = { group: API_VERSION, plural: 'tableingestions', pageSize: 200 };
export const SCHEDULES: Resource = { group: API_VERSION, plural: 'scheduleddumpingestions', pageSize: 20 };
export const JOBS: Resource = { group: 'batch/v1', plural: 'jobs', label: LABELS.ingestion, pageSize: 100 };
export const PODS: Resource = { group: 'v1', plural: 'pods', label: LABELS.ingestion, pageSize: 100 };
export const EVENTS: Resource = { group: 'v1', plural: 'events' };
export const LEASES: Resource = { group: 'coordination.k8s.io/v1', plural: 'leases' };
