import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { throughput } from '../../../bin/report/throughput.ts';
import { roundUp, timeTicks } from '../../../bin/report/time-axis.ts';
import { buildTimeline, mergeNarrowBars, type Bar } from '../../../bin/report/timeline.ts';
import { loadedTable, reportOf, START, tableNamed, time } from './made-up-run.ts';

const NOW = new Date(time(100));
const seconds = ({ start, end }: { start: number; end: number }) => [(start - START) / 1000, (end - START) / 1000];
const names = (bar: Bar) => bar.tables.map(({ spec }) => spec.versionTable);

describe('buildTimeline', () => {
  it('has as many lanes as Jobs ran at the same time, and no bars of a lane overlap', () => {
    const tables = [loadedTable('a', 0, 10), loadedTable('b', 2, 5), loadedTable('c', 5, 9), loadedTable('d', 10, 12)];
    const timeline = buildTimeline(reportOf(tables), NOW);
    assert.deepEqual(
      timeline?.lanes.map((lane) => lane.flatMap(names)),
      [
        ['a', 'd'],
        ['b', 'c'],
      ],
    );
  });

  it('has one bar for the tables of a Job, as bad as the worst of them', () => {
    const shared = [
      loadedTable('a', 0, 10, { jobName: 'shared' }),
      loadedTable('b', 0, 10, { jobName: 'shared', phase: 'Failed' }),
    ];
    const bars = buildTimeline(reportOf(shared), NOW)?.lanes.flat() ?? [];
    assert.deepEqual(
      bars.map((bar) => [names(bar), bar.outcome]),
      [[['a', 'b'], 'failed']],
    );
  });

  it('draws a running table until now, and leaves out what has not been started or was loaded by an earlier run', () => {
    const running = tableNamed('a', { phase: 'Running', startTime: time(40) }, { run: 2 });
    const tables = [running, tableNamed('b', { phase: 'Pending' }, { run: 2 }), loadedTable('old', -5000, -4000)];
    const timeline = buildTimeline(reportOf(tables, { run: { number: 2, since: 1 } }), NOW);
    assert.deepEqual(timeline?.lanes.flat().map(seconds), [[40, 100]]);
    assert.equal(buildTimeline(reportOf(tables, { run: { number: 3, since: 1 } }), NOW), undefined);
  });

  it('has the catalogue until it is complete, and the last step after the last table', () => {
    const catalogued = { type: 'Catalogued', status: 'True', reason: 'Catalogued', message: '' } as const;
    const timeline = buildTimeline(
      reportOf([loadedTable('a', 4, 10)], {
        conditions: [{ ...catalogued, lastTransitionTime: time(3) }],
        ...{ startTime: time(0), completionTime: time(12) },
      }),
      NOW,
    );
    assert.deepEqual(
      timeline?.steps.map((step) => [step.name, ...seconds(step)]),
      [
        ['catalogue', 0, 3],
        ['finish', 10, 12],
      ],
    );
  });

  it('ignores times that are not times', () => {
    const wrong = loadedTable('a', 0, 1, { startTime: 'yesterday' });
    assert.equal(buildTimeline(reportOf([wrong]), NOW), undefined);
  });
});

describe('mergeNarrowBars', () => {
  const bar = (name: string, start: number, end: number, outcome: Bar['outcome'] = 'loaded'): Bar => ({
    ...{ start, end, outcome },
    tables: [tableNamed(name)],
  });

  it('joins neighbours that are narrow together, and never a failure with a success', () => {
    const lane = [bar('a', 0, 2), bar('b', 3, 5), bar('c', 6, 30), bar('d', 31, 33), bar('e', 34, 36, 'failed')];
    assert.deepEqual(mergeNarrowBars(lane, 10).map(names), [['a', 'b'], ['c'], ['d'], ['e']]);
  });

  it('shows rejects of a bar that was joined', () => {
    assert.equal(mergeNarrowBars([bar('a', 0, 1), bar('b', 1, 2, 'rejects')], 10)[0]?.outcome, 'rejects');
  });
});

describe('throughput', () => {
  const timeline = { start: START, end: START + 10_000, steps: [], lanes: [] };

  it("spreads a table's bytes evenly over its time", () => {
    const report = reportOf([
      loadedTable('a', 0, 5, { bytes: 50_000_000 }),
      loadedTable('b', 4, 6, { bytes: 8_000_000 }),
    ]);
    assert.deepEqual(
      throughput(report, timeline, NOW, 5),
      [10, 10, 7 + 0, 2, 0].map((_, index) => [10, 10, 9, 0, 0][index]),
    );
  });

  it('has all bytes of a load within one tick of the clock, and none of failed tables', () => {
    const instant = loadedTable('a', 3, 3, { bytes: 4_000_000 });
    const failed = loadedTable('b', 0, 5, { phase: 'Failed', bytes: 4_000_000 });
    assert.deepEqual(throughput(reportOf([instant, failed]), timeline, NOW, 5), [0, 2, 0, 0, 0]);
  });
});

describe('the axes', () => {
  it('have at most so many ticks, at times that people count in', () => {
    for (const [total, count] of [
      [1.3, 14],
      [59, 12],
      [61, 5],
      [5400, 7],
      [90_000, 9],
      [1e7, 17],
    ] as const) {
      const ticks = timeTicks(total, 16);
      assert(ticks.length <= 17, String(total));
      assert.equal(new Set(ticks.map(({ label }) => label)).size, ticks.length);
      assert(ticks.length >= Math.min(count, 5), `${total}: ${ticks.length}`);
    }
    assert.deepEqual(
      timeTicks(5400, 10).map(({ label }) => label),
      ['0', '10 min', '20 min', '30 min', '40 min', '50 min', '1 h', '1:10 h', '1:20 h', '1:30 h'],
    );
    assert.deepEqual(
      timeTicks(100, 10)
        .map(({ label }) => label)
        .slice(0, 5),
      ['0', '10 s', '20 s', '30 s', '40 s'],
    );
  });

  it('end at a round number above the largest value', () => {
    assert.deepEqual([0, 0.03, 1, 509, 1001].map(roundUp), [1, 0.03, 1, 600, 1200]);
  });
});
