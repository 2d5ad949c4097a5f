import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import type { Failure } from '../../crds/contract/errors.ts';
import { readManifests } from '../../crds/contract/manifest.ts';
import { findCondition, type Condition } from '../../operator/decide/conditions.ts';
import { actionsFor, BAD_ROW, loadingRun, statusOf, SUSPENDED } from '../operator/decide/decisions.ts';
import { CATALOGUED, entry, finishJob, ingestion, loadJob, NOW, table } from '../operator/fixtures.ts';
import { failed, schedule, statusAt } from '../operator/schedule/fixtures.ts';
import { installPackages } from '../packages.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'gitops.md'), 'utf8');
const shown = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);

interface Status {
  readonly conditions?: readonly Condition[] | undefined;
}

/** A run of three tables that fail like this. */
const failing = (failure: Failure) => {
  const specs = ['one', 'two', 'three'].map((name) => entry(name));
  const times = { startTime: NOW.toISOString(), completionTime: NOW.toISOString() };
  const jobs = specs.map((spec) =>
    loadJob(spec, { state: 'Failed', result: { task: 'Load', outcome: 'Failed', failure }, ...times }),
  );
  return actionsFor({ ingestion: ingestion(CATALOGUED), tables: specs.map((spec) => table(spec)), jobs });
};
const ended = (phase: 'Loaded' | 'Failed') => {
  const failure = phase === 'Failed' ? { failure: BAD_ROW } : {};
  const tables = [table(entry('users'), { phase, ...failure })];
  return statusOf(actionsFor({ ingestion: ingestion(CATALOGUED), tables, jobs: [finishJob({ state: 'Succeeded' })] }));
};
const STATES: Readonly<Record<string, { readonly status: Status; readonly argo: string }>> = {
  'under way': { status: statusOf(actionsFor(loadingRun())), argo: 'Progressing' },
  'stalled by errors of all loads': {
    status: statusOf(failing({ kind: 'Manifest', code: 'Sql28P01', message: 'password authentication failed' })),
    argo: 'Degraded',
  },
  complete: { status: ended('Loaded'), argo: 'Healthy' },
  failed: { status: ended('Failed'), argo: 'Degraded' },
  suspended: {
    status: statusOf(actionsFor(loadingRun({ ingestion: ingestion(CATALOGUED, SUSPENDED) }))),
    argo: 'Suspended',
  },
};

/** As kstatus has it: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md */
function kstatus({ conditions }: Status): string {
  const holds = (type: Parameters<typeof findCondition>[1], status = 'True') =>
    findCondition(conditions, type)?.status === status;
  if (holds('Stalled')) return 'failed';
  return holds('Reconciling') || holds('Ready', 'False') ? 'in progress' : 'current';
}

describe('docs/gitops.md', () => {
  it('says which conditions a run has, and how kstatus shows it', () => {
    const rows = [
      ...text.matchAll(/^\| ([a-z ]+) \| (True|False) \| (True|False) \| (True|False) \| ([a-z ]*[a-z])/gm),
    ];
    assert.deepEqual(
      rows.map(([, state, ready, reconciling, stalled]) => [state, ready, reconciling, stalled]),
      Object.entries(STATES).map(
        ([
          state,
          {
            status: { conditions },
          },
        ]) => [
          state,
          ...(['Ready', 'Reconciling', 'Stalled'] as const).map((type) => findCondition(conditions, type)?.status),
        ],
      ),
    );
    for (const [, state = '', , , , health = ''] of rows)
      assert.equal(kstatus(STATES[state]?.status ?? {}), health, state);
  });

  it('shows a valid manifest, beside those of the tools', () => {
    const [manifest = '', ...tools] = shown;
    assert.equal(readManifests([{ name: 'gitops.md', text: manifest }]).ingestions.length, 1);
    const kinds = tools.map((yaml) => (load(yaml) as { readonly kind?: string }).kind);
    assert.deepEqual(kinds, ['Kustomization', 'Application', undefined]);
  });

  describe('has a health check of Argo CD', () => {
    const { data } = load(shown.at(-1) ?? '') as { data: Readonly<Record<string, string>> };
    const check = data['resource.customizations.health.motherload.dev_DumpIngestion'] ?? '';
    const generation = { metadata: { generation: 1 } };
    const health = (object: object): Readonly<Record<'status' | 'message', string>> => {
      const program = `local function check(obj) ${check} end
local health = check(${luaOf({ ...generation, ...object })})
io.write(health.status, "\\n", health.message)`;
      const { stdout, stderr, status } = spawnSync('lua5.1', ['-'], { input: program, encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      const [word = '', message = ''] = stdout.split('\n');
      return { status: word, message };
    };

    before(() => installPackages({ 'lua5.1': 'lua5.1' }, 'install it yourself to run these tests'));

    for (const [state, { status, argo }] of Object.entries(STATES))
      it(`that says ${argo} of a run that is ${state}`, () => {
        const shownHealth = health({ status });
        assert.equal(shownHealth.status, argo);
        assert.notEqual(shownHealth.message, '');
      });

    it('that waits for the operator where it has not seen the manifest, or its change', () => {
      for (const object of [{}, { status: {} }, { status: STATES['complete']?.status, metadata: { generation: 2 } }])
        assert.deepEqual(health(object), { status: 'Progressing', message: 'waiting for the operator' });
    });

    it('that is right for schedules: degraded if not valid, and healthy although a run has failed', () => {
      const at = (parts: Parameters<typeof schedule>[0]) =>
        health({ status: statusAt(schedule(parts), '2026-03-01T12:00:00Z') }).status;
      assert.equal(at({ runs: [failed('2026-03-01T02:00:00Z')] }), 'Healthy');
      assert.equal(at({ spec: { timeZone: 'Europe/Berlln' } }), 'Degraded');
      assert.equal(at({ spec: { suspend: true } }), 'Suspended');
    });
  });
});

/** A value of JSON as a literal of Lua. */
function luaOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaOf).join(', ')}}`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .filter(([, part]) => part !== undefined)
      .map(([name, part]) => `[${JSON.stringify(name)}] = ${luaOf(part)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}
