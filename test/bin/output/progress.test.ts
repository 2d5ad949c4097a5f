import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionStatus } from '../../../crds/contract/generated.ts';
import { renderLive } from '../../../bin/output/live-progress.ts';
import { changeLines, totalLine } from '../../../bin/output/progress-lines.ts';
import { runSummary } from '../../../bin/output/run-summary.ts';
import type { RunView } from '../../../bin/output/run-view.ts';
import { FAILED, LOADED, table } from './views.ts';

const RUNNING: TableIngestionStatus = {
  phase: 'Running',
  percent: 45,
  rows: 1_000_000,
  megabytesPerSecond: '84.2',
  secondsLeft: 72,
};

describe('progress', () => {
  const view: RunView = {
    ingestion: {
      phase: 'Loading',
      tables: { summary: '2/4', failed: 1 },
      percent: 52,
      rows: 1_012_345,
      megabytesPerSecond: '90.1',
      secondsLeft: 80,
    },
    tables: [
      table('v1', 'users', LOADED),
      table('v2', 'users', FAILED),
      table('v1', 'rides', RUNNING),
      table('v2', 'rides', { phase: 'Pending' }),
    ],
  };

  it('shows a bar, percent, rows, speed and time left for each running table, and a line for all', () => {
    assert.equal(
      renderLive('nightly', view),
      `  v1_rides  █████████░░░░░░░░░░░   45 %  1,000,000 rows  84.2 MB/s  1 min 12 s left
nightly: loading, 2/4 tables, 1 failed, 52 %, 1,012,345 rows, 90.1 MB/s, 1 min 20 s left`,
    );
  });

  it('shows at most ten running tables, and the number of the others', () => {
    const tables = Array.from({ length: 13 }, (_, index) => table(`v${index}`, 'rides', RUNNING));
    const lines = renderLive('nightly', { ...view, tables }).split('\n');
    assert.deepEqual([lines.length, lines[10]], [12, '  and 3 more']);
  });

  it('writes one plain line for the catalogue and for each table that has ended', () => {
    assert.deepEqual(changeLines('nightly', undefined, view), [
      'nightly: 4 tables to load from 2 dumps, 0 to skip',
      'loaded    v1_users: 12,345 rows in 0.62 s',
      'failed    v2_users: app_v2.zip:users.dat, table users, line 7, column age: invalid input syntax for type integer: "x": x|`y`',
    ]);
    assert.deepEqual(changeLines('nightly', view, view), []);
  });

  it('reports a failed attempt and when the next one starts', () => {
    const status: TableIngestionStatus = {
      phase: 'Pending',
      attempts: 2,
      message: 'attempt 2 failed, the next one is in 4 s: no connection',
    };
    const next = { ...view, tables: [...view.tables.slice(0, 3), table('v2', 'rides', status)] };
    assert.deepEqual(changeLines('nightly', view, next), [
      'again     v2_rides: attempt 2 failed, the next one is in 4 s: no connection',
    ]);
    assert.deepEqual(changeLines('nightly', next, next), []);
  });

  it('takes a Job that is stopped with the run for no failed attempt', () => {
    const status = { phase: 'Pending', attempts: 1, message: 'the Job is being deleted' } as const;
    const ingestion = { ...view.ingestion, phase: 'Suspended' } as const;
    const next = { ingestion, tables: [...view.tables.slice(0, 3), table('v2', 'rides', status)] };
    assert.deepEqual(changeLines('nightly', view, next), []);
    assert.match(
      runSummary({ name: 'nightly', policy: 'Create' }, next, []),
      /^v2_rides .* Pending  +not loaded yet$/m,
    );
  });

  it('names a dump once that could not be read', () => {
    const failure = { kind: 'Data', code: 'DumpEmpty', message: 'it is empty', file: 'app_v3.zip' } as const;
    const { spec, ...unread } = table('v3', '*', { phase: 'Failed', failure });
    const { versionTable, ...dump } = spec;
    const lines = changeLines('nightly', view, { ...view, tables: [...view.tables, { ...unread, spec: dump }] });
    assert.deepEqual([versionTable, lines], ['v3_*', ['failed    app_v3.zip: it is empty']]);
  });

  it('shows the message while there are no tables yet', () => {
    const line = totalLine('nightly', {
      ingestion: { phase: 'Cataloguing', message: 'the dumps are looked through' },
      tables: [],
    });
    assert.equal(line, 'nightly: cataloguing, the dumps are looked through');
  });
});
