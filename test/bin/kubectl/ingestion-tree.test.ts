import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionSpec, DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { jobName } from '../../../crds/contract/names.ts';
import { ingestionTree } from '../../../bin/kubectl/ingestion-tree.ts';
import type { IngestionObjects } from '../../../bin/kubectl/objects.ts';
import { needsEvents } from '../../../bin/kubectl/waiting-reason.ts';
import { renderTree } from '../../../bin/output/tree.ts';
import { loadedTable, tableNamed, time } from '../report/made-up-run.ts';

const NOW = new Date(time(60));
const metadata = (name: string, labels: Record<string, string> = {}) => ({
  ...{ name, namespace: 'crm', uid: `uid-of-${name}`, resourceVersion: '1' },
  labels,
});
const tableObject = ({ name, spec, status }: ReturnType<typeof tableNamed>) => ({
  metadata: metadata(name),
  spec,
  status,
});
const pod = (job: string, status: IngestionObjects['pods'][number]['status'] = {}) => ({
  metadata: metadata(`${job}-abc`, { 'batch.kubernetes.io/job-name': job }),
  status,
});

function objects(status: DumpIngestionStatus, more: Partial<IngestionObjects> = {}): IngestionObjects {
  const spec = { suspend: false } as DumpIngestionSpec;
  return {
    ingestion: { metadata: metadata('nightly'), spec, status },
    tables: [],
    jobs: [],
    pods: [],
    events: [],
    unread: [],
    ...more,
  };
}
const drawn = (from: IngestionObjects, limit?: number) => renderTree(ingestionTree(from, NOW, limit));

describe('ingestionTree', () => {
  it('says that no operator has seen a DumpIngestion without a status', () => {
    assert.equal(
      drawn(objects({})),
      'crm/nightly  Pending\n└─ catalogue: the operator has not seen this DumpIngestion yet',
    );
  });

  it('shows the Job of the catalogue while it runs, and what an event says keeps its pod', () => {
    const job = jobName('nightly', 'uid-of-nightly', 'Catalogue');
    const condition = {
      status: 'False',
      reason: 'Cataloguing',
      message: 'the dumps are read',
      lastTransitionTime: time(0),
    } as const;
    const text = drawn(
      objects(
        { phase: 'Cataloguing', startTime: time(0), conditions: [{ type: 'Catalogued', ...condition }] },
        {
          jobs: [{ metadata: metadata(job) }],
          pods: [{ ...pod(job, { phase: 'Pending' }), spec: { nodeName: 'node-1' } }],
          events: [
            {
              ...{
                metadata: metadata('event'),
                type: 'Warning',
                reason: 'FailedMount',
                message: 'the claim is not found',
              },
              involvedObject: { name: `${job}-abc` },
            },
          ],
        },
      ),
    );
    assert.equal(
      text,
      `crm/nightly  Cataloguing, 1m
└─ catalogue: Cataloguing: the dumps are read
   ├─ Job ${job}, pod ${job}-abc on node-1
   └─ FailedMount: the claim is not found`,
    );
  });

  it('counts what has ended, and lists ten tables of each kind, or all', () => {
    const failed = Array.from({ length: 25 }, (_, index) => loadedTable(`v1_t${index}`, 0, 1, { phase: 'Failed' }));
    const loaded = Array.from({ length: 500 }, (_, index) => loadedTable(`v2_t${index}`, 0, 1));
    const run = objects(
      { phase: 'Failed', completionTime: time(9), tables: { total: 525, failed: 25, loaded: 500 } },
      { tables: [...failed, ...loaded].map(tableObject) },
    );
    assert.match(drawn(run), /├─ failed \(25\)\n[^]*\n│ {2}└─ and 15 more \(--all\)\n└─ ended: 500 loaded$/);
    assert.equal(drawn(run).match(/v1_t/g)?.length, 20, 'each with its Job');
    assert.doesNotMatch(drawn(run), /v2_t/);
    assert.equal(drawn(run, Infinity).match(/^│ {2}[├└]─ v1_t/gm)?.length, 25);
  });

  it('shows what stalls a run, and when it tries again', () => {
    const condition = { status: 'True', lastTransitionTime: time(0) } as const;
    const text = drawn(
      objects({
        phase: 'Loading',
        conditions: [{ type: 'Stalled', ...condition, reason: 'Stalled', message: 'password authentication failed' }],
        stalled: { code: 'Sql28P01', message: '', since: time(0), probes: 2, nextProbeTime: time(90) },
      }),
    );
    assert.match(text, /├─ Stalled: password authentication failed; the next attempt is at 2026-03-01T02:01:30/);
  });

  it('shows the failure of a run that has no tables', () => {
    const failure = { kind: 'Manifest', code: 'NoDumps', message: 'no file matches' } as const;
    const text = drawn(objects({ phase: 'Failed', failures: [failure], completionTime: time(1) }));
    assert.match(text, /├─ NoDumps: no file matches\n/);
  });

  it('says what became of the dumps at the end', () => {
    const archive = { archived: 1, kept: 0 };
    const text = drawn(
      objects({ phase: 'Complete', tables: { total: 3, loaded: 3 }, archive, completionTime: time(1) }),
    );
    assert.match(text, /├─ ended: 3 loaded\n└─ archive: 1 dump archived$/);
  });

  it('escapes control characters of names and messages', () => {
    const table = tableObject(tableNamed('v1_\u001b[2J', { phase: 'Failed', message: 'a\nb' }));
    assert.match(drawn(objects({}, { tables: [table] })), /v1_\\u001b\[2J {2}a\\nb/);
  });

  it('says what could not be read for want of a right', () => {
    assert.match(drawn(objects({}, { unread: ['pods is forbidden'] })), /└─ not shown: pods is forbidden$/);
  });
});

describe('needsEvents', () => {
  const table = tableObject(tableNamed('v1_a', { phase: 'Pending', jobName: 'a' }));

  it('is true of a pod that waits for no reason that its status has, and of a Job without a pod', () => {
    assert(needsEvents([], [pod('a', { phase: 'Pending' })]));
    assert(needsEvents([table], []));
  });

  it('is false where a status has the reason, and where all runs or has ended', () => {
    const unschedulable = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' };
    assert(!needsEvents([table], [pod('a', { phase: 'Pending', conditions: [unschedulable] })]));
    assert(!needsEvents([table], [pod('a', { phase: 'Running' })]));
    assert(!needsEvents([tableObject(loadedTable('v1_b', 0, 1))], []));
  });
});
