import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { from as copyFrom } from 'pg-copy-streams';
import { DataError, shorten } from '../../../crds/contract/errors.ts';
import { CharacterMask } from '../../../job-runner/copy/character-mask.ts';
import { copyFormatsOf, createCopyInput, recordRules } from '../../../job-runner/copy/copy-input.ts';
import { NotForBinary } from '../../../job-runner/copy/csv-to-binary.ts';
import { locateRecord } from '../../../job-runner/copy/offending-record.ts';
import { RecordScanner } from '../../../job-runner/copy/records.ts';
import { readCopyContext } from '../../../job-runner/database/copy-context.ts';
import { parseHeader } from '../../../job-runner/plan/header.ts';
import { quoteQualified } from '../../../job-runner/plan/sql.ts';
import { stagingTable } from '../../../job-runner/plan/staging-table.ts';
import { copyStatement, createStatements, type CopyStatementFormat } from '../../../job-runner/plan/statements.ts';
import type { TablePlan } from '../../../job-runner/plan/table-plan.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { CORPUS, REFUSED, type CorpusFile } from './corpus.ts';

type Row = readonly (string | null)[];

/** Where chunks end: behind each byte, within and around blocks of 16 bytes, and nowhere. */
const CHUNK_LENGTHS = [[1], [2], [3, 1], [7], [15, 16, 17], [16], [33], [100_000]] as const;

const versionTable = { schema: 'public', name: 'v1_corpus' };
const staging = stagingTable('public', versionTable);
const table = quoteQualified(staging.schema, staging.name);

function planOf({ columns, format }: CorpusFile): TablePlan {
  const copyColumns = Array.from({ length: columns }, (_, index) => `c${index + 1}`);
  const planned = copyColumns.map((name) => ({ name, type: 'text', origin: 'Header' as const }));
  return { versionTable, columns: planned, copyColumns, format, warnings: [], digest: '' };
}

function chunksOf(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunks.at(-1)?.length ?? 0)
    chunks.push(bytes.subarray(at, at + (lengths[chunks.length % lengths.length] ?? bytes.length)));
  return chunks;
}

/** All bytes that COPY receives in a format. */
function convert(file: CorpusFile, format: CopyStatementFormat, lengths: readonly number[]) {
  const input = createCopyInput(planOf(file), format, { chunkBytes: 100_000, outputSlots: 2 });
  try {
    const parts = [input.frame.header];
    for (const chunk of chunksOf(file.bytes, lengths))
      parts.push(Buffer.from(input.take(chunk, parts.length % 2).bytes));
    parts.push(Buffer.from(input.end(0).bytes), input.frame.trailer);
    return { bytes: Buffer.concat(parts), records: input.records };
  } finally {
    input.release?.();
  }
}

/** The records of a file by the RecordScanner. */
function splitRecords({ format, bytes }: CorpusFile, lengths: readonly number[]): Buffer[] {
  const scanner = new RecordScanner(recordRules(format));
  const mask = new CharacterMask(format.encoding);
  const records: Buffer[] = [];
  let [start, at] = [0, 0];
  for (const chunk of chunksOf(bytes, lengths)) {
    for (const byte of chunk) {
      at++;
      if (scanner.scan(mask.mask(Uint8Array.of(byte))) === 0) continue;
      records.push(bytes.subarray(start, at));
      start = at;
    }
  }
  assert.equal(scanner.inQuotes, false);
  assert.equal(scanner.records, records.length);
  return start < bytes.length ? [...records, bytes.subarray(start)] : records;
}

class Server {
  readonly #database: TestDatabase;

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  /** The rows after COPY of each piece, one after the other. */
  async load(file: CorpusFile, format: CopyStatementFormat, pieces: readonly Buffer[]): Promise<Row[]> {
    const plan = planOf(file);
    await this.#database.query(`DROP TABLE IF EXISTS ${table}; ${createStatements(plan, staging).join('; ')}`);
    await this.#database.query(`ALTER TABLE ${table} ADD COLUMN record serial`);
    for (const piece of pieces) await this.#copy(copyStatement(plan, staging, format), piece);
    const rows = await this.#database.query(`SELECT ${plan.copyColumns.join(', ')} FROM ${table} ORDER BY record`);
    return rows.map((row) => Object.values(row) as Row);
  }

  /** The line that COPY names for each record. */
  async linesOf(file: CorpusFile, format: CopyStatementFormat, bytes: Buffer): Promise<(number | undefined)[]> {
    await this.load(file, format, []);
    await this.#database.query(
      `CREATE OR REPLACE FUNCTION report() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''record''; RETURN NEW; END';
       CREATE TRIGGER report BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION report()`,
    );
    const lines: (number | undefined)[] = [];
    const { client } = this.#database;
    const listener = ({ where }: { where?: string | undefined }) => lines.push(readCopyContext(where)?.line);
    client.on('notice', listener);
    await this.#copy(copyStatement(planOf(file), staging, format), bytes);
    client.off('notice', listener);
    return lines;
  }

  /** A text in an encoding, as the loader decodes a header. */
  async decode(bytes: Buffer, encoding: string): Promise<string> {
    const [row] = await this.#database.query('SELECT convert_from($1, $2) AS text', [bytes, encoding]);
    return row?.['text'] as string;
  }

  async #copy(statement: string, bytes: Buffer): Promise<void> {
    await pipeline(Readable.from([bytes]), this.#database.client.query(copyFrom(statement)));
  }
}

/** The lane of a load with one stream. */
const ALL = { has: () => true };

/** A record as messages show it. */
function shown(record: Buffer): string {
  const text = record.toString('utf8');
  return shorten((text.includes('\ufffd') ? record.toString('latin1') : text).replace(/\r?\n$/, ''));
}

/** A record's names as the header parser reads them, or the code of its refusal. */
function headerOf(line: string, { format }: CorpusFile): readonly string[] | string {
  try {
    return parseHeader(line, format);
  } catch (error) {
    if (error instanceof DataError) return error.code;
    throw error;
  }
}

for (const version of SUPPORTED_VERSIONS) {
  describe(`the readers of CSV, compared with COPY of PostgreSQL ${version}`, async () => {
    const server = new Server(await createTestDatabase(version));

    for (const file of CORPUS) {
      it(`read what COPY reads: ${file.title}`, async () => {
        const expected = await server.load(file, 'csv', [file.bytes]);
        const records = splitRecords(file, [100_000]);
        assert.equal(records.length, expected.length);
        assert.deepEqual(await server.load(file, 'csv', records), expected, 'split into records');
        for (const format of [...copyFormatsOf(planOf(file)), 'csv'] as const) {
          const whole = convert(file, format, [100_000]);
          assert.equal(whole.records, expected.length, format);
          assert.deepEqual(await server.load(file, format, [whole.bytes]), expected, format);
          for (const lengths of CHUNK_LENGTHS) {
            const { bytes, records } = convert(file, format, lengths);
            assert.equal(records, expected.length, `${format}, chunks of ${lengths.join()}`);
            if (!bytes.equals(whole.bytes))
              assert.deepEqual(await server.load(file, format, [bytes]), expected, `${format}, ${lengths.join()}`);
          }
        }
      });

      it(`find the record and its line by COPY's own count: ${file.title}`, async () => {
        const records = splitRecords(file, [100_000]);
        const [format] = copyFormatsOf(planOf(file)).slice(-1);
        for (const copyFormat of new Set<CopyStatementFormat>(['csv', format ?? 'csv'])) {
          const lines = await server.linesOf(file, copyFormat, convert(file, copyFormat, [100_000]).bytes);
          assert.equal(lines.length, records.length);
          let line = 1;
          for (const [index, record] of records.entries()) {
            const number = lines[index] ?? NaN;
            const chunks = Readable.from(chunksOf(file.bytes, [50]));
            const unit = copyFormat === 'csv' ? 'line' : 'record';
            const found = await locateRecord(chunks, { ...file.format, header: false }, unit, { lane: ALL, number });
            assert.deepEqual(found, { line, record: shown(record) }, `${copyFormat}, record ${index + 1}`);
            line += record.filter((byte) => byte === 0x0a).length;
          }
        }
      });

      it(`read a header as COPY reads a record: ${file.title}`, async () => {
        const expected = await server.load(file, 'csv', [file.bytes]);
        for (const [index, record] of splitRecords(file, [100_000]).entries()) {
          const line = record.toString('latin1').replace(/\n$/, '');
          if (line.includes('\n')) continue;
          const names = headerOf(await server.decode(Buffer.from(line, 'latin1'), file.format.encoding), file);
          const values = expected[index]?.map((value) => (value ?? file.format.nullMarker).toLowerCase()) ?? [];
          if (values.includes('')) assert.equal(names, 'EmptyColumnName', line);
          else if (new Set(values).size < values.length) assert.equal(names, 'DuplicateColumn', line);
          else assert.deepEqual(names, values, line);
        }
      });
    }

    for (const file of REFUSED) {
      it(`refuse what COPY refuses: ${file.title}`, async () => {
        await assert.rejects(server.load(file, 'csv', [file.bytes]));
        for (const format of copyFormatsOf(planOf(file))) {
          for (const lengths of CHUNK_LENGTHS) {
            await assert.rejects(
              async () => server.load(file, format, [convert(file, format, lengths).bytes]),
              (error) => error instanceof NotForBinary || error instanceof DataError || 'severity' in (error as Error),
              `${format}, ${lengths.join()}`,
            );
          }
        }
      });
    }
  });
}
