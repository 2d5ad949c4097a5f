import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { CatalogueReader } from '../../../crds/contract/catalogue-reader.ts';
import { catalogueReports } from '../../../crds/contract/catalogue-writer.ts';
import { decodeResult, encodeResult, RESULT_BYTES } from '../../../crds/contract/result-text.ts';
import { readReport } from '../../../crds/contract/report-line.ts';
import type { CatalogueReport, LoadResult } from '../../../crds/contract/report.ts';

const entry = (table: string): TableIngestionSpec => ({
  ingestionName: 'nightly',
  dump: { file: 'crm_v1.zip', version: 'v1' },
  table,
  decision: 'Load',
  reason: 'MotherFound',
  message: 'will be loaded',
});
const loaded: LoadResult = {
  task: 'Load',
  outcome: 'Loaded',
  message: 'loaded',
  rows: 1,
  bytes: 2,
  streams: 1,
  warnings: [],
  seconds: {},
};

const CATALOGUE = { task: 'Catalogue', outcome: 'Succeeded', entries: 1, sha256: '', seconds: {} };
const DRIFT = { mother: 'rides', versions: 2, added: 1, dropped: 0, retyped: 0 };

describe('a task result', () => {
  it('is decoded as it was encoded', () => assert.deepEqual(decodeResult(encodeResult(loaded)), loaded));

  it('fits into a termination message, whatever its texts are', () => {
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

  it('is refused unparsed if it is longer than a termination message', () =>
    assert.throws(() => decodeResult(JSON.stringify({ ...loaded, message: 'x'.repeat(5000) })), /at most 4096 bytes/));
  it('is refused if it is something else', () => assert.throws(() => decodeResult('{"a":1}'), /not a task result/));

  const failure = { kind: 'Data', code: 'BadRow', message: 'not a number', file: 'a.zip', line: 3 };
  const forged: [what: string, result: unknown][] = [
    ['a list', []],
    ['nothing', null],
    ['another task', { ...loaded, task: 'Drop' }],
    ['another outcome', { ...loaded, outcome: 'Succeeded' }],
    ['rows in words', { ...loaded, rows: 'many' }],
    ['half a row', { ...loaded, rows: 0.5 }],
    ['less than no bytes', { ...loaded, bytes: -1 }],
    ['warnings that are no texts', { ...loaded, warnings: [{}] }],
    ['rejects that are no number', { ...loaded, rejects: '3' }],
    ['fewer rejects than none', { ...loaded, rejects: -1 }],
    ['a reject without a line', { ...loaded, rejects: 1, firstRejects: [{ code: 'FieldCount', reason: '' }] }],
    ['a reject whose code is no word', { ...loaded, firstRejects: [{ line: 2, code: 'x y', reason: '' }] }],
    ['times in words', { ...loaded, seconds: { copy: 'long' } }],
    ['a time without end', { ...loaded, seconds: { copy: 1e308 } }],
    ['more streams than an int32 holds', { ...loaded, streams: 2 ** 31 }],
    ['no message', { ...loaded, message: undefined }],
    ['a failure without a failure', { task: 'Load', outcome: 'Failed' }],
    ['a failure of no kind', { task: 'Load', outcome: 'Failed', failure: { ...failure, kind: 'Other' } }],
    ['a failure without a code', { task: 'Load', outcome: 'Failed', failure: { ...failure, code: '' } }],
    [
      'a failure with a code that is no word',
      { task: 'Load', outcome: 'Failed', failure: { ...failure, code: 'Bad\nRow' } },
    ],
    [
      'a failure with a code that is too long',
      { task: 'Load', outcome: 'Failed', failure: { ...failure, code: 'B'.repeat(65) } },
    ],
    ['a failure in half a line', { task: 'Load', outcome: 'Failed', failure: { ...failure, line: 0.5 } }],
    ['a failure in an object', { task: 'Load', outcome: 'Failed', failure: { ...failure, file: {} } }],
    [
      'a drift that no status takes',
      { ...CATALOGUE, drift: [{ mother: 'rides', versions: 2, added: -1, dropped: 0, retyped: 0 }] },
    ],
    ['the drift of more mothers than a status takes', { ...CATALOGUE, drift: Array.from({ length: 11 }, () => DRIFT) }],
  ];
  for (const [what, result] of forged) {
    it(`is refused if it has ${what}`, () =>
      assert.throws(() => decodeResult(JSON.stringify(result)), /not a task result/));
  }
  it('may be a failure, and of any task', () => {
    for (const result of [
      { task: 'Load', outcome: 'Failed', failure },
      CATALOGUE,
      { ...CATALOGUE, drift: [DRIFT] },
      { task: 'Finish', outcome: 'Succeeded', seconds: { analyze: 0.1 } },
    ]) {
      assert.deepEqual(decodeResult(JSON.stringify(result)), result);
    }
  });
});

describe('a catalogue in a log', () => {
  const tables = Array.from({ length: 500 }, (_, index) => `table_${index}`);
  const reports = [...catalogueReports(tables.map(entry))];
  const read = (lines: readonly CatalogueReport[]) => {
    const reader = new CatalogueReader();
    for (const report of lines) reader.add(report);
    return reader.complete?.map((found) => found.table);
  };
  const withSecondChunk = (gzip: (text: string) => string) =>
    reports.map((report) =>
      report.report === 'catalogueChunk' && report.sequence === 1
        ? { ...report, gzip: gzip(gunzipSync(Buffer.from(report.gzip, 'base64')).toString()) }
        : report,
    );
  const packed = (text: string) => gzipSync(text).toString('base64');

  it('is read as it was written', () => assert.deepEqual(read(reports), tables));
  it('is read from chunks that another gzip has compressed', () =>
    assert.deepEqual(read(withSecondChunk(packed)), tables));
  it('is refused if a line is missing', () => {
    assert(reports.length >= 3);
    for (let missing = 0; missing < reports.length; missing++)
      assert.equal(read(reports.filter((_, index) => index !== missing)), undefined);
  });
  it('is refused if an entry was changed', () =>
    assert.equal(read(withSecondChunk((text) => packed(text.replace('table_', 'tables_')))), undefined));
  it('is refused if a chunk is not gzip or not JSON', () => {
    assert.equal(read(withSecondChunk((text) => text)), undefined);
    assert.equal(read(withSecondChunk(() => packed('{'))), undefined);
  });
  it('is refused if a small chunk would become huge', () =>
    assert.equal(read(withSecondChunk(() => packed(' '.repeat(100_000_000)))), undefined));
  it('is refused if it has more entries than a manifest may allow', () =>
    assert.equal(read([...catalogueReports(Array.from({ length: 100_001 }, () => entry('same')))]), undefined));
  it('is given up at the first invalid entry, which is named, and the next attempt is read', () => {
    const seen: unknown[] = [];
    const isEntry = (value: unknown) => seen.push(value) !== 3;
    const reader = new CatalogueReader({ entries: 100_000, bytes: 1_000_000, isEntry });
    for (const report of reports) reader.add(report);
    assert.deepEqual([seen.length, reader.complete], [3, undefined]);
    assert.match(reader.fault ?? '', /^entry 3 cannot become a TableIngestion: \{.*"table":"table_2"/);
    for (const report of reports) reader.add(report);
    assert.deepEqual([reader.complete?.length, reader.fault], [500, undefined]);
  });
  it('may have an entry of the maximum length, and is refused if one is longer', () => {
    const long = (length: number) => ({ ...entry('long'), message: '\u0000'.repeat(length) });
    assert.equal(read([...catalogueReports([long(34_000), entry('next')])])?.length, 2);
    assert.equal(read([...catalogueReports([long(50_000)])]), undefined);
  });
  it('starts over with each attempt', () => assert.deepEqual(read([...reports.slice(0, 2), ...reports]), tables));
  it('may be empty', () => assert.deepEqual(read([...catalogueReports([])]), []));

  it('with 100,000 tables, the maximum of a manifest, has lines that no runtime splits and fits into what a kubelet keeps', () => {
    const many = Array.from({ length: 100_000 }, (_, index): TableIngestionSpec => {
      const digest = createHash('sha256').update(String(index)).digest('hex');
      const [table, versionTable, bytes] = [
        `table_${index % 1000}`,
        `v${index % 97}_table_${index % 1000}`,
        Number.parseInt(digest.slice(0, 7), 16),
      ];
      const dat = { entry: `${table}.dat`, bytes, compressedBytes: Math.floor(bytes / 7), crc32: digest.slice(8, 16) };
      const schemaFile = { entry: `${table}.json`, bytes: bytes % 9000, crc32: digest.slice(16, 24) };
      return { ...entry(table), versionTable, mother: table, dat, schemaFile };
    });
    const lines = [...catalogueReports(many)].map((report) => JSON.stringify(report));
    assert(Math.max(...lines.map((line) => line.length)) < 16 * 1024);
    assert(lines.reduce((sum, line) => sum + line.length, 0) < 9 * 1024 * 1024);
  });

  it('is found between other lines', () => {
    assert.equal(readReport('plain text with "report"'), undefined);
    assert.equal(readReport('{"report":"progress","progress"'), undefined);
    assert.equal(readReport('{"level":"info","message":"x"}'), undefined);
    assert.equal(readReport(`{"report":"catalogueEnd","x":"${'x'.repeat(2_000_000)}"}`), undefined);
    const progress = { step: 'copy', rows: 1, bytes: 1, compressedBytes: 1, totalCompressedBytes: 1, seconds: 0.5 };
    assert.equal(readReport(JSON.stringify({ report: 'progress', progress }))?.report, 'progress');
    const shared = { ...progress, tables: { current: 0, read: [{ ...progress, table: 1 }] } };
    assert.equal(readReport(JSON.stringify({ report: 'progress', progress: shared }))?.report, 'progress');
    for (const forged of [
      null,
      {},
      { ...progress, rows: '1' },
      { ...progress, seconds: null },
      { ...progress, seconds: 1e308 },
      { ...progress, step: 's'.repeat(65) },
      { ...progress, tables: [] },
      { ...progress, tables: { current: -1, read: [] } },
      { ...progress, tables: { current: 0, read: [{ table: 1 }] } },
      { ...progress, tables: { current: 0, read: Array.from({ length: 101 }, () => ({ ...progress, table: 1 })) } },
    ]) {
      assert.equal(readReport(JSON.stringify({ report: 'progress', progress: forged })), undefined);
    }
    assert.equal(readReport(JSON.stringify(reports[0]))?.report, 'catalogueChunk');
  });
});
