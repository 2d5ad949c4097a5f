import assert from 'node:assert/strict';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import type { Action, CreateJob, EmitEvent } from '../../../operator/decide/action.ts';
import { findCondition } from '../../../operator/decide/conditions.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { Observed } from '../../../operator/decide/observed.ts';
import { CATALOGUED, entry, failing, ingestion, NOW, observed, table } from '../fixtures.ts';

export const users = entry('users');
export const courses = entry('courses', {
  dat: { entry: 'courses.dat', bytes: 5000, compressedBytes: 400, crc32: '00000000' },
});
export const notes = entry('notes', { decision: 'Skip', reason: 'NoMother', message: 'no mother table has this name' });
export const NOT_A_LIST = {
  kind: 'Data',
  code: 'NotAList',
  message: 'the schema file is not a list',
  file: 'crm_v1.zip',
  table: 'broken',
} as const;
export const broken = failing('broken', NOT_A_LIST);

export const DATABASE = {
  driver: 'mysql',
  connectionSecretRef: { name: 'shop', key: 'uri' },
  schema: 'crm',
  version: 'v1',
  snapshot: 'PerTable',
} as const;
export const SUSPENDED = { spec: 'suspend: true' };
export const UNSCHEDULABLE = { reason: 'Unschedulable', message: '0/3 nodes are available' };
export const CATALOGUE_FAILURE = {
  task: 'Catalogue',
  outcome: 'Failed',
  failure: { kind: 'Manifest', code: 'NoDumps', message: 'the folder does not exist' },
} as const;
export const BAD_ROW = {
  kind: 'Data',
  code: 'BadRow',
  message: 'not a number',
  file: 'crm_v1.zip:users.dat',
  table: 'users',
  line: 7,
} as const;

/** The actions that are decided for a run of which this was observed. */
export const actionsFor = (parts: Partial<Observed>, now = NOW) => decide(observed(parts), now).actions;
export const ofType = <Type extends Action['type']>(actions: readonly Action[], type: Type) =>
  actions.filter((action): action is Extract<Action, { type: Type }> => action.type === type);
export const statusOf = (actions: readonly Action[]): DumpIngestionStatus => {
  const [write] = ofType(actions, 'WriteIngestionStatus');
  assert(write, 'no status is written');
  return write.status;
};
export const conditionOf = (status: DumpIngestionStatus, type: Parameters<typeof findCondition>[1]) => {
  const { status: holds, reason } = findCondition(status.conditions, type) ?? assert.fail(`no condition ${type}`);
  return `${holds} ${reason}`;
};
export const created = (actions: readonly Action[]): CreateJob['work'][] =>
  ofType(actions, 'CreateJob').map(({ work }) => work);
export const events = (actions: readonly Action[]): EmitEvent['reason'][] =>
  ofType(actions, 'EmitEvent').map(({ reason }) => reason);

/** A run whose catalogue is done, with two tables to load. */
export const loadingRun = (parts: Partial<Observed> = {}) => ({
  ingestion: ingestion(CATALOGUED),
  tables: [table(users), table(courses)],
  ...parts,
});
