import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeResult } from '../../../crds/contract/result-text.ts';
import { readReport } from '../../../crds/contract/report-line.ts';
import type { LoadResult, Progress } from '../../../crds/contract/report.ts';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import { measure } from '../../../operator/decide/measures.ts';
import type { Observed, ObservedJob, ObservedTable } from '../../../operator/decide/observed.ts';
import {
  CATALOGUED,
  entry,
  ingestion,
  loadJob,
  loadResult,
  NOW,
  observed,
  progress,
  secondsLater,
  table,
} from '../fixtures.ts';
import { actionsFor, courses, loadingRun, notes, statusOf, users } from './decisions.ts';
import { checkStatus } from './check-status.ts';

/** Numbers at and beyond the limits of reports and catalogues. */
const count = fc.constantFrom(0, 1, 7, 2 ** 31, Number.MAX_SAFE_INTEGER);
const seconds = fc.constantFrom(0, Number.MIN_VALUE, 1e-300, 0.001, 5, 1e9);
const size = fc.constantFrom(-(2 ** 62), -1, 0, 1, 2 ** 53, 2 ** 62);

type ResultNumbers = Pick<LoadResult, 'rows' | 'bytes' | 'seconds'>;
type ProgressNumbers = Omit<Progress, 'step'>;
const result: fc.Arbitrary<ResultNumbers> = fc.record({
  rows: count,
  bytes: count,
  seconds: fc.record({ copy: seconds, attach: seconds }),
});
const running: fc.Arbitrary<ProgressNumbers> = fc.record({
  rows: count,
  bytes: count,
  compressedBytes: count,
  totalCompressedBytes: count,
  seconds,
});
const load = fc.record({
  bytes: size,
  compressedBytes: size,
  job: fc.oneof<fc.Arbitrary<ResultNumbers | ProgressNumbers>[]>(result, running),
});

function jobOf(spec: TableIngestionSpec, numbers: ResultNumbers | ProgressNumbers): ObservedJob {
  const startTime = NOW.toISOString();
  if ('compressedBytes' in numbers) {
    const report = readReport(JSON.stringify({ report: 'progress', progress: progress(numbers) }));
    return loadJob(spec, {
      startTime,
      ...(report?.report === 'progress' ? { progress: report.progress } : assert.fail('no report')),
    });
  }
  const ended = { state: 'Succeeded', completionTime: secondsLater(3).toISOString() } as const;
  return loadJob(spec, { startTime, ...ended, result: decodeResult(JSON.stringify(loadResult(numbers))) });
}

function checkAll({ actions }: ReturnType<typeof decide>): void {
  for (const action of actions) {
    if (action.type === 'WriteTableStatus') checkStatus('TableIngestion', action.status);
    else if (action.type === 'WriteIngestionStatus') checkStatus('DumpIngestion', action.status);
  }
}

describe('the numbers of a status', () => {
  it('are accepted by the CRD, whatever runners report and catalogues declare', () => {
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 6 }), (loads) => {
        const specs = loads.map(({ bytes, compressedBytes }, index) =>
          entry(`table_${index}`, { dat: { entry: 'a.dat', bytes, compressedBytes, crc32: '00000000' } }),
        );
        assert(specs.every(isTableIngestionSpec));
        const jobs = specs.map((spec, index) => jobOf(spec, loads[index]?.job ?? assert.fail()));
        const parts: Partial<Observed> = {
          ingestion: ingestion(CATALOGUED),
          tables: specs.map((spec) => table(spec)),
          jobs,
        };
        for (const later of [0, 1, 10_000]) checkAll(decide(observed(parts), secondsLater(later)));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('are really checked: the check knows the ranges of int64 and int32', () => {
    for (const status of [{ rowsPerSecond: 1e21 }, { rows: Infinity }, { rows: 0.5 }, { streams: 2 ** 31 }]) {
      assert.throws(() => checkStatus('TableIngestion', status));
    }
  });
});

describe('measure', () => {
  it('counts tables, rows, bytes, percent and speed, including running loads', () => {
    const loaded = table(courses, {
      phase: 'Loaded',
      rows: 50,
      bytes: 5000,
      startTime: NOW.toISOString(),
      completionTime: secondsLater(1).toISOString(),
    });
    const actions = actionsFor(
      loadingRun({ tables: [loaded, table(users), table(notes)], jobs: [loadJob(users, { progress: progress() })] }),
      secondsLater(2),
    );
    const status = statusOf(actions);
    assert.deepEqual(status.tables, {
      summary: '1/2',
      total: 3,
      pending: 0,
      running: 1,
      loaded: 1,
      alreadyLoaded: 0,
      skipped: 1,
      failed: 0,
    });
    assert.equal(status.rows, 54);
    assert.equal(status.bytes, 5400);
    assert.equal(status.totalBytes, 6000);
    assert.equal(status.percent, 88, '440 of 500 compressed bytes');
    assert.equal(status.megabytesPerSecond, '0.0');
    assert.equal(status.rowsPerSecond, 27);
    assert.equal(status.secondsLeft, 1, '60 bytes at 220 per second');
    assert.deepEqual(status.versions, ['v1']);
  });

  it('takes for its speed the time in which runners were loading, not that of pods that start', () => {
    const done = (name: string, from: number, seconds: number, jobName = name) =>
      table(entry(name), {
        ...{ phase: 'Loaded', bytes: 10e6, rows: 100, jobName, seconds: { copy: seconds - 0.5, attach: 0.5 } },
        startTime: secondsLater(from - 8).toISOString(),
        completionTime: secondsLater(from + seconds).toISOString(),
      });
    const speed = (tables: readonly ObservedTable[]) => {
      const { megabytesPerSecond, rowsPerSecond } = measure(tables, [], {}, 2, secondsLater(1000));
      return [megabytesPerSecond, rowsPerSecond];
    };
    assert.deepEqual(speed([done('one', 10, 5), done('two', 100, 5)]), ['2.0', 20]);
    assert.deepEqual(
      speed([done('one', 10, 4), done('two', 12, 4)]),
      ['3.3', 33],
      'side by side for two of six seconds',
    );
    assert.deepEqual(speed([done('one', 15, 2, 'job'), done('two', 15, 2, 'job')]), ['5.0', 50], 'one after the other');
  });

  it('estimates the time left of many small tables from the overhead of their pods', () => {
    const at = (seconds: number) => secondsLater(seconds).toISOString();
    const done = {
      phase: 'Loaded',
      bytes: 1000,
      seconds: { copy: 1 },
      startTime: at(0),
      completionTime: at(4),
    } as const;
    const small = Array.from({ length: 10 }, (_, index) => table(entry(`t${index}`)));
    const big = entry('big', { dat: { entry: 'big.dat', bytes: 1e6, compressedBytes: 1e5, crc32: '00000000' } });
    assert.equal(
      statusOf(actionsFor(loadingRun({ tables: [table(big, done), ...small] }), secondsLater(4))).secondsLeft,
      15,
      '10 times 3 s, two at the same time',
    );
  });

  it('sorts numbers in versions numerically', () => {
    const versions = ['v10', 'v2', 'v1'].map((version) =>
      table(entry('users', { dump: { file: `${version}.zip`, version } })),
    );
    assert.deepEqual(statusOf(actionsFor(loadingRun({ tables: versions }))).versions, ['v1', 'v2', 'v10']);
  });
});
