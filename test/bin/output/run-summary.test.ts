import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { motherRows } from '../../../bin/output/mother-rows.ts';
import { runSummary } from '../../../bin/output/run-summary.ts';
import type { RunView } from '../../../bin/output/run-view.ts';
import { FAILED, LOADED, table } from './views.ts';

const LOADS = [
  { versionTable: 'v1_users', mother: 'users', dumpVersion: 'v1', rows: 12_345 },
  { versionTable: 'v1_rides', mother: 'rides', dumpVersion: 'v1', rows: 300 },
  { versionTable: 'v1_parts', mother: 'parts', dumpVersion: 'v1', rows: 7 },
  { versionTable: 'v1_orphans', mother: null, dumpVersion: 'v1', rows: 8 },
];

describe('the summary of a run', () => {
  const RUN = { name: 'nightly', policy: 'Create' } as const;
  const view: RunView = {
    ingestion: {
      phase: 'Failed',
      tables: { loaded: 1, alreadyLoaded: 1, failed: 1 },
      rows: 12_345,
      bytes: 5_000_000,
      startTime: '2024-01-15T12:00:00Z',
      completionTime: '2024-01-15T12:00:02Z',
    },
    tables: [
      table('v1', 'users', { ...LOADED, warnings: ['column age: integer may not fit into smallint', 'another'] }),
      table('v2', 'users', FAILED),
      table('v1', 'rides', { phase: 'AlreadyLoaded', rows: 0, message: 'the same content is there' }),
    ],
  };

  it('lists every table with outcome, rows, speed and message, and the mothers with rows by version', () => {
    const lines = runSummary(RUN, view, LOADS).split('\n');
    assert.match(lines[1] ?? '', /^v1_users +app_v1\.zip +Loaded +12,345 +10\.0 +0\.62 +2 warnings$/);
    assert.match(lines[2] ?? '', /^v2_users +app_v2\.zip +Failed +invalid input syntax/);
    assert.match(lines[3] ?? '', /^v1_rides +app_v1\.zip +AlreadyLoaded +300 +the same content is there$/);
    assert.match(lines[5] ?? '', /^MOTHER TABLE +v1 +VERSIONS +ALL ROWS$/);
    assert.match(lines[6] ?? '', /^rides +300 +1 +300$/);
    assert.match(lines[7] ?? '', /^users +12,345 +1 +12,345$/);
    assert.equal(lines[8], '');
  });

  it('prints each warning of a loaded table whole', () => {
    const lines = runSummary(RUN, view, LOADS).split('\n');
    const text = 'warning: app_v1.zip, table users: column age: integer may not fit into smallint';
    assert.deepEqual(lines.slice(lines.indexOf(text)).slice(0, 2), [text, 'warning: app_v1.zip, table users: another']);
    const many = Array.from({ length: 52 }, (_, index) => `warning ${index}`);
    const noisy = { ...view, tables: [table('v1', 'users', { ...LOADED, warnings: many })] };
    assert(
      runSummary(RUN, noisy, LOADS).includes(
        'table users: warning 49\nand 2 warnings more: --output json has them all',
      ),
    );
  });

  it('prints each failure with code, location, message and record', () => {
    const text =
      'BadValue: app_v2.zip:users.dat, table users, line 7, column age: invalid input syntax for type integer: "x": x|`y`';
    assert(runSummary(RUN, view, LOADS).split('\n').includes(text));
  });

  it('points to motherload sniff where a table failed for its format, and only there', () => {
    const failure = {
      kind: 'Data',
      code: 'FieldCount',
      message: 'the record has 2 fields: check spec.format.delimiter',
    } as const;
    const wrong = { ...view, tables: [table('v2', 'users', { ...FAILED, failure })] };
    assert.match(runSummary(RUN, wrong, LOADS), /^To find the format of a dump: motherload sniff app_v2\.zip$/m);
    assert.doesNotMatch(runSummary(RUN, view, LOADS), /motherload sniff/);
  });

  it('ends with the totals', () => {
    assert.equal(
      runSummary(RUN, view, LOADS).split('\n').at(-1),
      'nightly failed: tables: 1 loaded, 1 unchanged, 1 failed; 12,345 rows in 2.00 s, 2.5 MB/s',
    );
  });

  it('says why no more tables were tried, and what the same command does', () => {
    const time = '2026-03-01T12:00:00Z';
    const stalled = { code: 'Sql28P01', message: 'wrong password', since: time, probes: 0, nextProbeTime: time };
    const stopped: RunView = { ingestion: { phase: 'Loading', tables: { loaded: 1 }, stalled }, tables: [] };
    assert.equal(
      runSummary({ name: 'nightly', policy: 'Create' }, stopped, []),
      'nightly stalled: tables: 1 loaded. No more tables were tried, since several failed with Sql28P01: wrong password. What is loaded stays; the same command continues from there.',
    );
  });

  it('explains what the same command does after Ctrl-C', () => {
    const stopped: RunView = { ingestion: { phase: 'Suspended', tables: { loaded: 1 } }, tables: [] };
    const last = (policy: 'Create' | 'Recreate') => runSummary({ name: 'nightly', policy }, stopped, []);
    assert.equal(
      last('Create'),
      'nightly suspended: tables: 1 loaded. What is loaded stays; the same command continues from there.',
    );
    assert.equal(
      last('Recreate'),
      'nightly suspended: tables: 1 loaded. What is loaded stays; the same command drops it and starts over, since the policy is Recreate.',
    );
  });

  it('omits the columns of the versions if there are too many, and sorts them by number', () => {
    const loads = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        versionTable: 'x',
        mother: 'users',
        dumpVersion: `v${count - index + 3}`,
        rows: 1000,
      }));
    assert.equal(motherRows(loads(9)), 'MOTHER TABLE  VERSIONS  ALL ROWS\nusers                9     9,000');
    assert.match(motherRows(loads(8)), /^MOTHER TABLE +v4 +v5 +v6 +v7 +v8 +v9 +v10 +v11 /);
  });
});
