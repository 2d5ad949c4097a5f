import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import {
  CatalogueReader,
  catalogueReports,
  decodeResult,
  encodeResult,
  readReport,
  RESULT_BYTES,
  type LoadResult,
} from '../../../crds/contract/report.ts';

const entry = (table: string): TableIngestionSpec => ({
  ingestionName: 'nightly',
  dump: { file: 'crm_v1.zip', version: 'v1' },
  table,
  decision: 'Load',
  reason: 'MotherFound',
  message: 'will be loaded',
});
const loaded: LoadResult = { task: 'Load', outcome: 'Loaded', message: 'loaded', rows: 1, bytes: 2, streams: 1, warnings: [], seconds: {} };

describe('a task result', () => {
  it('comes back as it was written', () => assert.deepEqual(decodeResult(encodeResult(loaded)), loaded));

  it('fits into a termination message whatever its texts are', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 0, maxLength: 9000, unit: 'binary' }),
        fc.array(fc.string({ maxLength: 900 }), { maxLength: 40 }),
        (message, warnings) => {
          const text = encodeResult({ ...loaded, message, warnings });
          assert(Buffer.byteLength(text) <= RESULT_BYTES);
          assert.equal(decodeResult(text).outcome, 'Loaded');
        },
      ),
      { seed: 1 },
    );
  });

  it('is refused where it is something else', () => assert.throws(() => decodeResult('{"a":1}'), /not a task result/));
});

describe('a catalogue in a log', () => {
  const reports = [...catalogueReports(['users', 'courses', 'grades'].map(entry))];
  const read = (lines: typeof reports) => {
    const reader = new CatalogueReader();
    for (const report of lines) reader.add(report);
    return reader.complete?.map((found) => found.table);
  };

  it('is read back whole', () => assert.deepEqual(read(reports), ['users', 'courses', 'grades']));
  it('is refused where a line is missing', () => assert.equal(read(reports.filter((_, index) => index !== 1)), undefined));
  it('is refused where the end is missing', () => assert.equal(read(reports.slice(0, -1)), undefined));
  it('is refused where a line was changed', () => {
    const changed = reports.map((report) =>
      report.report === 'catalogueEntry' && report.sequence === 1 ? { ...report, entry: entry('other') } : report,
    );
    assert.equal(read(changed), undefined);
  });
  it('begins anew with each attempt', () => assert.deepEqual(read([...reports.slice(0, 2), ...reports]), ['users', 'courses', 'grades']));
  it('survives being empty', () => assert.deepEqual(read([...catalogueReports([])]), []));
  it('is found among other lines', () => {
    assert.equal(readReport('plain text with "report"'), undefined);
    assert.equal(readReport('{"report":"progress","progress"'), undefined);
    assert.equal(readReport('{"level":"info","message":"x"}'), undefined);
    assert.equal(readReport(JSON.stringify(reports[0]))?.report, 'catalogueEntry');
  });
});
