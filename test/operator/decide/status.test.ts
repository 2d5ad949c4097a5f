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
  progress,
  secondsLater,
  table,
} from '../fixtures.ts';

/** Why an existing Job does not run, and why Jobs or TableIngestions cannot be created. */
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
const REJECTED: Problem[] = [
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
const NOTHING_CREATED: Stage[] = [
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

const decisionOn = (parts: Partial<Observed>): Decision => decide(observed(parts), NOW);

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

function checkReported(decision: Decision, problem: Problem, phase: DumpIngestionStatus['phase']): void {
  const status = statusOf(decision);
  assert.equal(status.phase, phase);
  assert.equal(progressing(status), `False ${problem.reason}`);
  assert.equal(findCondition(status.conditions, 'Progressing')?.message, problem.message);
  assert(status.message?.includes(problem.message));
  assert.equal(findCondition(status.conditions, 'Failed')?.status, 'False');
  assert.equal(status.failures, undefined);
  const [event] = eventsOf(decision).filter(({ reason }) => reason === problem.reason);
  assert.equal(event?.level, problem.reason === 'WaitingForAdmission' ? 'Normal' : 'Warning');
}

/** The same problem again writes nothing. */
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

describe('a rejected object', () => {
  for (const [stage, parts, phase, work] of NOTHING_CREATED) {
    for (const problem of REJECTED) {
      it(`shows ${problem.reason} at ${stage}, is retried on a timer, and the run continues once it passes`, () => {
        const decision = decisionOn({ ...parts, problem });
        checkReported(decision, problem, phase);
        assert.equal(decision.requeueAfterSeconds, 10);
        assert(decision.actions.some(({ type }) => type === 'CreateJob' || type === 'ApplyTables'));
        const tables = tablesAfter(decision, parts.tables);
        checkQuiet({ ...parts, problem }, statusOf(decision), tables);
        const continued = decisionOn({ ...parts, tables, ingestion: ingestion(statusOf(decision)) });
        assert.equal(progressing(statusOf(continued)), `True ${work}`);
        assert.equal(continued.requeueAfterSeconds, undefined);
      });
    }
  }
});

describe('a catalogue that is temporarily unreadable', () => {
  const catalogueProblem = {
    reason: 'CatalogueUnreadable',
    message: 'the node does not respond',
    isTransient: true,
  } as const;
  const unreadable = { jobs: [catalogueJob({ state: 'Succeeded' })], catalogueProblem };

  it('is reported, retried on a timer, and neither lost nor created again; then the run continues', () => {
    const decision = decisionOn(unreadable);
    checkReported(decision, catalogueProblem, 'Cataloguing');
    assert.equal(decision.requeueAfterSeconds, 10);
    assert(!decision.actions.some(({ type }) => type === 'DeleteJob'));
    checkQuiet(unreadable, statusOf(decision), []);
    const continued = decisionOn({ ...found, ingestion: ingestion(statusOf(decision)) });
    assert.equal(progressing(statusOf(continued)), 'True Cataloguing');
    assert(continued.actions.some(({ type }) => type === 'ApplyTables'));
  });

  it('does not end a run with a deleted TableIngestion', () => {
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
    const decision = decisionOn({
      ...unreadable,
      ingestion: ingestion({ ...CATALOGUED, tables: counts }),
      tables: [loaded],
    });
    assert.equal(progressing(statusOf(decision)), 'False CatalogueUnreadable');
    assert.equal(findCondition(statusOf(decision).conditions, 'Catalogued')?.status, 'True');
    assert.deepEqual(
      decision.actions.filter(({ type }) => type === 'CreateJob'),
      [],
    );
  });
});

describe('a Job that cannot run', () => {
  for (const [stage, job, parts, phase, work] of JOBS) {
    for (const problem of WAITING) {
      it(`shows ${problem.reason} at ${stage}, and the run continues once it passes: ${problem.message}`, () => {
        const stuck = { ...parts, jobs: [{ ...job, problem }] };
        const decision = decisionOn(stuck);
        checkReported(decision, problem, phase);
        assert.equal(decision.requeueAfterSeconds, undefined);
        const tables = tablesAfter(decision, parts.tables);
        checkQuiet(stuck, statusOf(decision), tables);
        const running: ObservedJob = { ...job, state: 'Running', attempts: 1, startTime: NOW.toISOString() };
        const continued = decisionOn({ ...parts, tables, jobs: [running], ingestion: ingestion(statusOf(decision)) });
        assert.equal(progressing(statusOf(continued)), `True ${work}`);
      });
    }
  }

  it('is reported as well if it runs and no running load has reported anything new for a minute', () => {
    const other = entry('courses');
    const silent = (seconds: number) => ({ progress: progress(), silentSince: secondsLater(-seconds).toISOString() });
    const at = (...loads: number[]) => {
      const jobs = [users, other].slice(0, loads.length).map((spec, index) => loadJob(spec, silent(loads[index] ?? 0)));
      return statusOf(decisionOn({ ...cataloguedWith(table(users), table(other)), jobs }));
    };
    assert.equal(progressing(at(59)), 'True Loading');
    assert.equal(progressing(at(3600, 59)), 'True Loading', 'the other load goes on');
    assert.equal(progressing(at(60)), 'False NoProgress');
    const { message = '', phase } = at(61, 3600);
    assert.equal(phase, 'Loading');
    assert.match(
      message,
      /NoProgress: nothing new from any of 2 running Jobs, from \S+ since 2026-03-01T11:00:00.000Z, step copy; look for a lock/,
    );
  });

  it('is reported in addition to the progress, and stops nothing', () => {
    const other = entry('courses');
    const [problem] = WAITING;
    assert(problem);
    const decision = decisionOn({
      ...cataloguedWith(table(users), table(other)),
      jobs: [loadJob(users, { ...pending, problem }), loadJob(other)],
    });
    assert.equal(progressing(statusOf(decision)), 'True Loading');
    assert.match(statusOf(decision).message ?? '', /persistentvolumeclaim "dumps" not found/);
  });
});
