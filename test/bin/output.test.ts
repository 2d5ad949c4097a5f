import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionStatus } from '../../crds/contract/generated.ts';
import { renderLive } from '../../bin/output/live-progress.ts';
import {
  formatBytes,
  formatCount,
  formatMegabytesPerSecond,
  formatSeconds,
  formatTimeLeft,
} from '../../bin/output/numbers.ts';
import { changeLines, totalLine } from '../../bin/output/progress-lines.ts';
import { runSummary } from '../../bin/output/run-summary.ts';
import { renderTable } from '../../bin/output/table.ts';
import { motherRows } from '../../bin/output/mother-rows.ts';
import type { RunView, TableView } from '../../bin/output/run-view.ts';

function table(version: string, name: string, status: TableIngestionStatus): TableView {
  const dump = { file: `app_${version}.zip`, app: 'app', version };
  const spec = {
    ingestionName: 'nightly',
    dump,
    table: name,
    versionTable: `${version}_${name}`,
    mother: name,
    reason: 'Found',
  };
  return { name: `${version}-${name}`, spec: { ...spec, decision: 'Load', message: 'to load' }, status };
}

const LOADED: TableIngestionStatus = {
  phase: 'Loaded',
  rows: 12_345,
  bytes: 5_000_000,
  seconds: { plan: 0.1, copy: 0.5, attach: 0.02 },
};
const FAILED: TableIngestionStatus = {
  phase: 'Failed',
  failure: {
    kind: 'Data',
    code: 'BadValue',
    message: 'invalid input syntax for type integer: "x"',
    file: 'app_v2.zip:users.dat',
    table: 'users',
    line: 7,
    column: 'age',
    record: 'x|`y`',
  },
};
const LOADS = [
  { versionTable: 'v1_users', mother: 'users', dumpVersion: 'v1', rows: 12_345 },
  { versionTable: 'v1_rides', mother: 'rides', dumpVersion: 'v1', rows: 300 },
  { versionTable: 'v1_parts', mother: 'parts', dumpVersion: 'v1', rows: 7 },
  { versionTable: 'v1_orphans', mother: null, dumpVersion: 'v1', rows: 8 },
];
const RUNNING: TableIngestionStatus = {
  phase: 'Running',
  percent: 45,
  rows: 1_000_000,
  megabytesPerSecond: '84.2',
  secondsLeft: 72,
};

describe('formatted numbers', () => {
  it('have separators and units', () => {
    assert.equal(formatCount(1_234_567), '1,234,567');
    assert.deepEqual([0.042, 12.34, 59.96, 185, 7800].map(formatSeconds), [
      '0.04 s',
      '12.3 s',
      '60.0 s',
      '3 min 05 s',
      '2 h 10 min',
    ]);
    assert.deepEqual([0.2, 59, 61].map(formatTimeLeft), ['1 s', '59 s', '1 min 01 s']);
    assert.deepEqual([0, 999, 1000, 999_949, 999_950, 1.25e9].map(formatBytes), [
      '0 B',
      '999 B',
      '1.0 kB',
      '999.9 kB',
      '1.0 MB',
      '1.3 GB',
    ]);
    assert.deepEqual([formatMegabytesPerSecond(5_000_000, 2), formatMegabytesPerSecond(5, 0)], ['2.5', '']);
  });
});

describe('renderTable', () => {
  it('makes control characters visible, since names come from files', () => {
    const text = renderTable(
      [{ title: 'NAME' }, { title: 'ROWS', align: 'right' }],
      [
        ['\u001b[2Jgone', '1'],
        ['two\nlines', '20'],
      ],
    );
    assert.equal(text, 'NAME           ROWS\n\\u001b[2Jgone     1\ntwo\\nlines       20');
  });
});

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

  it('shows the message while there are no tables yet', () => {
    const line = totalLine('nightly', {
      ingestion: { phase: 'Cataloguing', message: 'the dumps are looked through' },
      tables: [],
    });
    assert.equal(line, 'nightly: cataloguing, the dumps are looked through');
  });
});

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
