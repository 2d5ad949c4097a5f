import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReport } from '../../../crds/contract/report-line.ts';
import type { ResultsReport, TableResult } from '../../../crds/contract/report.ts';
import { encodeResult, RESULT_BYTES } from '../../../crds/contract/result-text.ts';
import { inlineResults, resultsReader, writeResults } from '../../../crds/contract/table-results.ts';
import { loadResult } from '../../operator/fixtures.ts';

const failure = { kind: 'Data', code: 'BadRow', message: 'a row is bad' } as const;
const FAILED: TableResult = { task: 'Load', outcome: 'Failed', failure };
const loaded = (count: number): TableResult[] => Array.from({ length: count }, (_, rows) => loadResult({ rows }));
const noise = (length: number) =>
  Array.from({ length }, () => String.fromCodePoint(33 + Math.floor(Math.random() * 90))).join('');
/** Results that gzip cannot make short. */
const long = (count: number): TableResult[] => loaded(count).map(() => loadResult({ message: noise(900) }));

/** As they arrive through a log. */
function read(reports: readonly (ResultsReport | string)[], tables: number) {
  const reader = resultsReader(tables);
  for (const each of reports) {
    const report = readReport(typeof each === 'string' ? each : JSON.stringify(each));
    if (report?.report === 'resultsChunk' || report?.report === 'resultsEnd') reader.add(report);
  }
  return reader.complete;
}

describe('the results of tables that share a Job', () => {
  it('are within its final result as long as they fit, 100 equal ones too', () => {
    for (const results of [[loadResult(), FAILED, null], loaded(100)]) {
      const { packed, reports } = writeResults(results, false);
      assert.deepEqual(reports, []);
      assert.deepEqual(inlineResults(packed, results.length), results);
      const text = encodeResult({ task: 'LoadBatch', outcome: 'Succeeded', results: packed, seconds: { load: 1 } });
      assert(Buffer.byteLength(text) <= RESULT_BYTES && text.includes(packed.gzip ?? '?'), 'nothing was cut');
    }
  });

  it('are in the log beyond that, and where the Job has failed, whose failure may be long', () => {
    for (const [results, hasFailed] of [
      [long(100), false],
      [long(3), true],
      [loaded(2), true],
    ] as const) {
      const { packed, reports } = writeResults(results, hasFailed);
      assert.equal(packed.gzip, undefined);
      assert.deepEqual(read(['starting', ...reports, 'ended'], results.length), results);
    }
  });

  it('are each as short as a final result of its own', () => {
    const warnings = Array.from({ length: 2000 }, (_, index) => `warning ${index} ${'x'.repeat(200)}`);
    const { packed } = writeResults([loadResult({ warnings })], false);
    const [result] = inlineResults(packed, 1) ?? [];
    assert(JSON.stringify(result).length <= RESULT_BYTES);
  });

  it('count only if they are whole, of the right number, and results', () => {
    const { reports } = writeResults(long(100), false);
    assert(reports.length > 2);
    for (const index of reports.keys())
      assert.equal(read(reports.toSpliced(index, 1), 100), undefined, `without ${index}`);
    assert.equal(read(reports, 99), undefined);
    const other = writeResults(
      [{ task: 'Finish', outcome: 'Succeeded', seconds: {} } as unknown as TableResult],
      false,
    );
    assert.equal(inlineResults(other.packed, 1), undefined);
    assert.equal(inlineResults({ sha256: 'x', gzip: 'x' }, 1), undefined);
    assert.equal(inlineResults({ ...writeResults(loaded(2), false).packed, sha256: '' }, 2), undefined);
  });
});
