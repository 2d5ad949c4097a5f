import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Failure } from '../../../crds/contract/errors.ts';
import { reportPage } from '../../../bin/report/page.ts';
import { asRun, loadedTable, madeUpRun, reportOf, tableNamed, time } from './made-up-run.ts';

const NOW = new Date(time(3600));
const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&amp;\u0000\u001b[31m\u202egnp`;

/** Every text that a dump or a manifest can bring into a status. */
function hostileRun() {
  const failure: Failure = {
    ...{
      kind: 'Data',
      code: HOSTILE,
      message: HOSTILE,
      file: HOSTILE,
      table: HOSTILE,
      column: HOSTILE,
      record: HOSTILE,
    },
  };
  const dump = { file: HOSTILE, version: HOSTILE, app: HOSTILE };
  const spec = { dump, table: HOSTILE, mother: HOSTILE, reason: HOSTILE, message: HOSTILE };
  const tables = [
    { ...loadedTable(HOSTILE, 0, 30, { firstRejects: [HOSTILE], rejects: 1, warnings: [HOSTILE] }) },
    { ...loadedTable(HOSTILE, 5, 30, { phase: 'Failed', failure, seconds: { [HOSTILE]: 1 }, message: HOSTILE }) },
    { ...loadedTable(HOSTILE, 7, 30, { phase: 'Running', message: HOSTILE }) },
    { ...tableNamed(HOSTILE, { phase: 'Skipped', message: HOSTILE }) },
  ].map((table) => ({ ...table, name: HOSTILE, spec: { ...table.spec, ...spec } }));
  const ended = { reason: HOSTILE, message: HOSTILE, trigger: HOSTILE, tables: HOSTILE, startTime: HOSTILE };
  return {
    ...reportOf(tables, {
      ...{ phase: 'Failed', message: HOSTILE, failures: [failure], megabytesPerSecond: HOSTILE, versions: [HOSTILE] },
      tables: { summary: HOSTILE, failed: 1 },
      run: { number: 1, trigger: HOSTILE, since: 1 },
      runs: [{ number: 1, phase: 'Failed', ...ended }],
      drift: [{ mother: HOSTILE, versions: 2, added: 1, dropped: 0, retyped: 0 }],
      ...{ startTime: time(0), completionTime: time(40) },
    }),
    ...{ name: HOSTILE, namespace: HOSTILE },
  };
}

describe('reportPage', () => {
  it('has nothing of a hostile name but its escaped text', () => {
    const page = reportPage([hostileRun()], NOW);
    assert(page.split('&lt;script&gt;alert(1)').length > 30);
    for (const text of ['<script', '<img', '\u0000', '\u001b', '\u202e'])
      assert(!page.includes(text), JSON.stringify(text));
    // An attribute that began in a name would need a quote.
    const attributes = [...page.matchAll(/<[a-z0-9]+((?: [a-z-]+="[^"<>]*")*) ?\/?>/gi)].length;
    const tags = [...page.replace(/<style>.*<\/style>/s, '').matchAll(/<(?![/!])/g)].length;
    assert.equal(attributes - 1, tags);
    assert.doesNotMatch(page, /<[^>]* on[a-z]+=/);
  });

  it('cuts no character in two where a bar is shorter than the name of its table', () => {
    // By each number of units, of which a character has two.
    const names = Array.from({ length: 12 }, (_, index) => 'v'.repeat(index) + '😀'.repeat(60));
    const tables = names.map((name, index) => loadedTable(name, index * 3, index * 3 + 3));
    const page = reportPage([reportOf(tables, { startTime: time(0), completionTime: time(40) })], NOW);
    assert.match(page, /<text class="label"[^>]*>v*(?:😀)+…<\/text>/u);
    // Which stands for half a character.
    assert.doesNotMatch(page, /\uFFFD|\\ud83d/i);
  });

  it('allows no script, no other style and no request', () => {
    const page = reportPage([hostileRun()], NOW);
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    assert(
      page.includes(
        `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'">`,
      ),
    );
    assert.doesNotMatch(reportPage([madeUpRun(300)], NOW), /https?:|url\(|@import| style=| href=| src=/);
  });

  it('shows failures, rejects, the slowest tables, drift, warnings, skipped tables and past runs', () => {
    const run = madeUpRun(300);
    const skipped = tableNamed('v1_old', { phase: 'Skipped' }, { reason: 'Excluded', message: 'it is excluded' });
    const warned = loadedTable('v1_warned', 0, 1, { warnings: ['the column x is not in the mother table'] });
    const page = reportPage([asRun({ ...run, tables: [...run.tables, skipped, warned] }, 3)], NOW);
    for (const title of [
      'Failures',
      'Tables over time',
      'MB/s over time',
      'Records left out',
      'Slowest tables',
      'Drift between versions',
      'Warnings',
      'Skipped tables',
      'Past runs',
    ])
      assert.match(page, new RegExp(`<h2>${title}`));
    for (const text of ['the column x is not in the mother table', 'it is excluded', 'the value is not a number'])
      assert(page.includes(text), text);
  });

  it('shows a run that failed before it had a table', () => {
    const failure = { kind: 'Manifest', code: 'NoDumps', message: 'no file matches' } as const;
    const page = reportPage([reportOf([], { phase: 'Failed', failures: [failure] })], NOW);
    assert.match(page, /<code>NoDumps<\/code>/);
    assert.doesNotMatch(page, /<svg/);
  });

  it('shows what a bar is in lines of its own', () => {
    const page = reportPage([reportOf([loadedTable('v1_users', 0, 10)], { phase: 'Complete' })], NOW);
    assert.match(page, /<title>v1_users: Loaded\ncrm_v7\.zip\n10\.0 s\n1,000 rows\n1\.0 MB, 0\.1 MB\/s<\/title>/);
  });

  it('shows several runs one below the other', () => {
    const page = reportPage([madeUpRun(5), { ...madeUpRun(7), name: 'weekly' }], NOW);
    assert.match(page, /<title>nightly, weekly: Motherload report<\/title>/);
    assert.equal(page.match(/<main>/g)?.length, 2);
  });

  it('of 10,000 tables is small enough to open, and still names each failure in a bar of its own colour', () => {
    const run = asRun(madeUpRun(10_000, 16), 3);
    const page = reportPage([run], NOW);
    assert(page.length < 2_000_000, `${page.length} characters`);
    assert((page.match(/<rect class="failed"/g)?.length ?? 0) > 100);
    assert.match(page, /10,000 tables in 16 lanes/);
  });
});
