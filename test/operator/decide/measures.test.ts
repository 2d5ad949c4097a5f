import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeResult } from '../../../crds/contract/result-text.ts';
import { readReport } from '../../../crds/contract/report-line.ts';
import type { LoadResult, Progress } from '../../../crds/contract/report.ts';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { decide } from '../../../operator/decide/ingestion.ts';
import type { Observed, ObservedJob } from '../../../operator/decide/observed.ts';
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
import { checkStatus } from './model-world.ts';

/** Numbers at the edges of what reports and catalogues may hold, and beyond. */
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
const atWork: fc.Arbitrary<ProgressNumbers> = fc.record({
  rows: count,
  bytes: count,
  compressedBytes: count,
  totalCompressedBytes: count,
  seconds,
});
const load = fc.record({
  bytes: size,
  compressedBytes: size,
  job: fc.oneof<fc.Arbitrary<ResultNumbers | ProgressNumbers>[]>(result, atWork),
});

function jobOf(spec: TableIngestionSpec, said: ResultNumbers | ProgressNumbers): ObservedJob {
  const startTime = NOW.toISOString();
  if ('compressedBytes' in said) {
    const report = readReport(JSON.stringify({ report: 'progress', progress: progress(said) }));
    return loadJob(spec, {
      startTime,
      ...(report?.report === 'progress' ? { progress: report.progress } : assert.fail('no report')),
    });
  }
  const ended = { state: 'Succeeded', completionTime: secondsLater(3).toISOString() } as const;
  return loadJob(spec, { startTime, ...ended, result: decodeResult(JSON.stringify(loadResult(said))) });
}

function checkAll({ actions }: ReturnType<typeof decide>): void {
  for (const action of actions) {
    if (action.type === 'WriteTableStatus') checkStatus('TableIngestion', action.status);
    else if (action.type === 'WriteIngestionStatus') checkStatus('DumpIngestion', action.status);
  }
}

describe('the numbers of a status', () => {
  it('are what the CRD takes, whatever runners report and catalogues declare', () => {
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

  it('are checked by that very test: the check knows what an int64 and an int32 hold', () => {
    for (const status of [{ rowsPerSecond: 1e21 }, { rows: Infinity }, { rows: 0.5 }, { streams: 2 ** 31 }]) {
      assert.throws(() => checkStatus('TableIngestion', status));
    }
  });
});
