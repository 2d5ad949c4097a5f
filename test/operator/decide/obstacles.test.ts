import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { findCondition } from '../../../operator/decide/conditions.ts';
import type { Decision, EmitEvent } from '../../../operator/decide/action.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { Observed, ObservedJob, Problem } from '../../../operator/decide/observed.ts';
import {
  catalogueJob,
  CATALOGUED,
  entry,
  finishJob,
  ingestion,
  loadJob,
  NOW,
  observed,
  secondsLater,
  table,
} from '../fixtures.ts';

/** What keeps a Job from running that is there, and what keeps one, or a TableIngestion, from being made. */
const WAITING: Problem[] = [
  { reason: 'Unschedulable', message: 'pod a: persistentvolumeclaim "dumps" not found' },
  { reason: 'Unschedulable', message: 'pod a: 0/3 nodes are available' },
  { reason: 'ErrImagePull', message: 'pod a: no such image' },
  { reason: 'ImagePullBackOff', message: 'pod a: back-off pulling image' },
  { reason: 'InvalidImageName', message: 'pod a: not a name' },
  { reason: 'CreateContainerConfigError', message: 'pod a: secret "database" not found' },
  { reason: 'FailedMount', message: 'configmap "types" not found' },
  { reason: 'FailedCreate', message: 'error looking up service account' },
  { reason: 'QuotaExceeded', message: 'pods "a" is forbidden: exceeded quota' },
  { reason: 'WaitingForAdmission', message: 'waiting for admission by queue loads' },
];
const REFUSED: Problem[] = [
  { reason: 'QuotaExceeded', message: 'jobs.batch "a" is forbidden: exceeded quota' },
  { reason: 'NamespaceTerminating', message: 'unable to create new content because it is being terminated' },
  { reason: 'Invalid', message: 'Job.batch "a" is invalid: must be less than or equal to memory limit' },
  { reason: 'Forbidden', message: 'admission webhook denied the request' },
  { reason: 'WebhookFailed', message: 'Internal error occurred: failed calling webhook "policy.example.com"' },
  { reason: 'HostPathNotAllowed', message: 'use a persistentVolumeClaim' },
];

const users = entry('users');
const loaded = table(users, { phase: 'Loaded', completionTime: NOW.toISOString() });
const pending = { state: 'Pending', attempts: 0 } as const;
type Stage = [stage: string, parts: Partial<Observed>, phase: DumpIngestionStatus['phase'], work: string];

const cataloguedWith = (...tables: Observed['tables']) => ({ ingestion: ingestion(CATALOGUED), tables });
const found: Partial<Observed> = { jobs: [catalogueJob({ state: 'Succeeded' })], catalogue: [users] };
const NOTHING_MADE: Stage[] = [
  ['the catalogue Job', {}, 'Pending', 'Cataloguing'],
  ['TableIngestions', found, 'Cataloguing', 'Cataloguing'],
  ['load Jobs', cataloguedWith(table(users)), 'Loading', 'Loading'],
  ['the finish Job', cataloguedWith(loaded), 'Finishing', 'Finishing'],
];
const JOBS: [
  stage: string,
  job: ObservedJob,
  parts: Partial<Observed>,
  phase: DumpIngestionStatus['phase'],
  work: string,
][] = [
  ['the catalogue Job', catalogueJob(pending), {}, 'Pending', 'Cataloguing'],
  ['the catalogue Job between attempts', catalogueJob({ ...pending, attempts: 1 }), {}, 'Cataloguing', 'Cataloguing'],
  ['a load Job', loadJob(users, pending), cataloguedWith(table(users)), 'Loading', 'Loading'],
  ['the finish Job', finishJob(pending), cataloguedWith(loaded), 'Finishing', 'Finishing'],
];

const turnOf = (parts: Partial<Observed>): Decision => decide(observed(parts), NOW);

function statusOf({ actions }: Decision): DumpIngestionStatus {
  const write = actions.find((action) => action.type === 'WriteIngestionStatus');
  return write?.status ?? assert.fail('no status is written');
}

function eventsOf({ actions }: Decision): EmitEvent[] {
  return actions.filter((action) => action.type === 'EmitEvent');
}

function progressing(status: DumpIngestionStatus): string {
  const { status: holds = '', reason = '' } = findCondition(status.conditions, 'Progressing') ?? {};
  return `${holds} ${reason}`;
}

function checkTold(turn: Decision, problem: Problem, phase: DumpIngestionStatus['phase']): void {
  const status = statusOf(turn);
  assert.equal(status.phase, phase);
  assert.equal(progressing(status), `False ${problem.reason}`);
  assert.equal(findCondition(status.conditions, 'Progressing')?.message, problem.message);
  assert(status.message?.includes(problem.message));
  assert.equal(findCondition(status.conditions, 'Failed')?.status, 'False');
  assert.equal(status.failures, undefined);
  const [event] = eventsOf(turn).filter(({ reason }) => reason === problem.reason);
  assert.equal(event?.level, problem.reason === 'WaitingForAdmission' ? 'Normal' : 'Warning');
}

/** Told once: the same again writes nothing. */
function checkQuiet(parts: Partial<Observed>, status: DumpIngestionStatus, tables: Observed['tables']): void {
  const again = decide(observed({ ...parts, tables, ingestion: ingestion(status) }), secondsLater(5));
  assert.deepEqual(
    again.actions.filter(({ type }) => type !== 'CreateJob' && type !== 'ApplyTables'),
    [],
  );
}

function tablesAfter({ actions }: Decision, tables: Observed['tables'] = []): Observed['tables'] {
  const written = new Map(
    actions.flatMap((action) => (action.type === 'WriteTableStatus' ? [[action.name, action.status] as const] : [])),
  );
  return tables.map((one) => ({ ...one, status: written.get(one.name) ?? one.status }));
}

describe('what cannot be made', () => {
  for (const [stage, parts, phase, work] of NOTHING_MADE) {
    for (const problem of REFUSED) {
      it(`tells that ${stage} met ${problem.reason}, asks again by the clock, and goes on when it is over`, () => {
        const turn = turnOf({ ...parts, problem });
        checkTold(turn, problem, phase);
        assert.equal(turn.requeueAfterSeconds, 10);
        assert(turn.actions.some(({ type }) => type === 'CreateJob' || type === 'ApplyTables'));
        const tables = tablesAfter(turn, parts.tables);
        checkQuiet({ ...parts, problem }, statusOf(turn), tables);
        const goesOn = turnOf({ ...parts, tables, ingestion: ingestion(statusOf(turn)) });
        assert.equal(progressing(statusOf(goesOn)), `True ${work}`);
        assert.equal(goesOn.requeueAfterSeconds, undefined);
      });
    }
  }
});

describe('a catalogue that cannot be read just now', () => {
  const catalogueTrouble = {
    reason: 'CatalogueUnreadable',
    message: 'the node does not answer',
    isTransient: true,
  } as const;
  const unreadable = { jobs: [catalogueJob({ state: 'Succeeded' })], catalogueTrouble };

  it('is told, tried again by the clock, and neither lost nor made again; then the run goes on', () => {
    const turn = turnOf(unreadable);
    checkTold(turn, catalogueTrouble, 'Cataloguing');
    assert.equal(turn.requeueAfterSeconds, 10);
    assert(!turn.actions.some(({ type }) => type === 'DeleteJob'));
    checkQuiet(unreadable, statusOf(turn), []);
    const goesOn = turnOf({ ...found, ingestion: ingestion(statusOf(turn)) });
    assert.equal(progressing(statusOf(goesOn)), 'True Cataloguing');
    assert(goesOn.actions.some(({ type }) => type === 'ApplyTables'));
  });

  it('does not end a run of which a TableIngestion was deleted', () => {
    const counts = {
      summary: '',
      total: 2,
      pending: 0,
      running: 0,
      loaded: 2,
      alreadyLoaded: 0,
      skipped: 0,
      failed: 0,
    };
    const turn = turnOf({ ...unreadable, ingestion: ingestion({ ...CATALOGUED, tables: counts }), tables: [loaded] });
    assert.equal(progressing(statusOf(turn)), 'False CatalogueUnreadable');
    assert.equal(findCondition(statusOf(turn).conditions, 'Catalogued')?.status, 'True');
    assert.deepEqual(
      turn.actions.filter(({ type }) => type === 'CreateJob'),
      [],
    );
  });
});

describe('a Job that cannot run', () => {
  for (const [stage, job, parts, phase, work] of JOBS) {
    for (const problem of WAITING) {
      it(`tells that ${stage} met ${problem.reason}, and goes on when it is over: ${problem.message}`, () => {
        const stuck = { ...parts, jobs: [{ ...job, problem }] };
        const turn = turnOf(stuck);
        checkTold(turn, problem, phase);
        assert.equal(turn.requeueAfterSeconds, undefined);
        const tables = tablesAfter(turn, parts.tables);
        checkQuiet(stuck, statusOf(turn), tables);
        const running: ObservedJob = { ...job, state: 'Running', attempts: 1, startTime: NOW.toISOString() };
        const goesOn = turnOf({ ...parts, tables, jobs: [running], ingestion: ingestion(statusOf(turn)) });
        assert.equal(progressing(statusOf(goesOn)), `True ${work}`);
      });
    }
  }

  it('is told beside what goes on, and stops nothing', () => {
    const other = entry('courses');
    const [problem] = WAITING;
    assert(problem);
    const turn = turnOf({
      ...cataloguedWith(table(users), table(other)),
      jobs: [loadJob(users, { ...pending, problem }), loadJob(other)],
    });
    assert.equal(progressing(statusOf(turn)), 'True Loading');
    assert.match(statusOf(turn).message ?? '', /persistentvolumeclaim "dumps" not found/);
  });
});
