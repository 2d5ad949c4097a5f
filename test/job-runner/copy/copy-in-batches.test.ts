import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { copyInBatches, type Batch, type CopiedBatch } from '../../../job-runner/copy/copy-in-batches.ts';
import { createCopyInput } from '../../../job-runner/copy/copy-input.ts';
import { LeftOut, type RejectedRecord } from '../../../job-runner/copy/left-out.ts';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import { chunksOf, planOf } from './plans.ts';

const PLAN = planOf({ id: 'integer', name: 'text' });
const CHUNK_BYTES = 4096;

/** Rows of the copy in text; those of these ids are refused. */
async function copyAll(
  file: string,
  copyBatch: (batch: Batch) => Promise<CopiedBatch>,
  seen: { readonly take?: () => void; readonly keep?: () => void } = {},
) {
  const leftOut = new LeftOut(PLAN.format, { linesBefore: 1, bytesBefore: 8 });
  const sizes = { chunkBytes: CHUNK_BYTES, outputSlots: 1 };
  const { converter } = createCopyInput(PLAN, 'text', sizes, leftOut);
  const taken: RejectedRecord[] = [];
  const batches: number[] = [];
  async function* chunks() {
    for (const chunk of chunksOf(Buffer.from(file), [CHUNK_BYTES])) yield await Promise.resolve(chunk);
  }
  try {
    const outcome = await copyInBatches(chunks(), {
      ...{ plan: PLAN, converter, leftOut, prepare: (batch) => () => copyBatch(batch) },
      take: (reject) => {
        seen.take?.();
        return taken.push(reject) % 10 === 0;
      },
      keep: async () => {
        seen.keep?.();
        await Promise.resolve();
      },
      onBatch: (records) => batches.push(records),
    });
    return { outcome, taken, batches };
  } finally {
    converter.release();
  }
}

const line = (id: number) => (id % 5 === 0 ? `x${id}|bad\n` : `${id}|name ${id}\n`);
const RECORDS = 60_000;
const FILE = Array.from({ length: RECORDS }, (_, index) => line(index + 1)).join('');

const REJECTED = Array.from({ length: RECORDS }, (_, index) => index + 1).filter((id) => id % 5 === 0 || id % 10 === 3);

/** Refuses each row whose id ends with 3. */
const refuse = async ({ rows, count, textOf }: Batch): Promise<CopiedBatch> => {
  assert.equal(textOf().toString(), rows.toString());
  const ids = rows.toString().split('\n').slice(0, -1);
  assert.equal(ids.length, count);
  const refused = ids.flatMap((row, index) =>
    /^\d*3\t/.test(row)
      ? [{ row: index, problemOf: (record: number) => new RecordProblem(record, 'Sql23514', row) }]
      : [],
  );
  return await Promise.resolve({ copied: count - refused.length, refused, loaded: () => rows });
};

suite('copyInBatches', () => {
  test('takes what the reader and PostgreSQL refuse in the order of the file, with bytes and places', async () => {
    const { outcome, taken, batches } = await copyAll(FILE, refuse);
    assert.deepEqual(
      taken.map(({ record, linesBefore }) => [record, linesBefore]),
      REJECTED.map((id) => [id - 1, id]),
    );
    for (const { record, offset = 0, bytes, problem } of taken) {
      assert.equal(`${bytes.toString()}\n`, line(record + 1));
      assert.equal(FILE.slice(offset - 8, offset - 8 + bytes.length), bytes.toString());
      assert.equal(problem.code, (record + 1) % 5 === 0 ? 'Sql22P02' : 'Sql23514');
    }
    assert.deepEqual([outcome.rows, outcome.records], [RECORDS - REJECTED.length, RECORDS]);
    assert(batches.length > 1 && batches.at(-1) === RECORDS);
  });

  test('fails where rows and rejects are not all records that were read', async () => {
    const lossy = async (batch: Batch) => ({ ...(await refuse(batch)), copied: batch.count });
    await assert.rejects(copyAll('1|one\n2|two\n3|three\n4|four\n', lossy), {
      code: 'RowsDiffer',
      message: /^4 records were sent and PostgreSQL loaded 5 of them/,
    });
  });

  test('takes the rejects of a batch while the next one is copied, and keeps them while none is', async () => {
    let [copying, taken] = [0, 0];
    const untilTaken = async (batch: Batch): Promise<CopiedBatch> => {
      assert.equal(++copying, 1);
      const [firstId] = batch.rows.toString('latin1', 0, 10).split('\t');
      // A record in front of the first row may have been left out of this batch.
      const before = REJECTED.filter((id) => id < Number(firstId)).length - 1;
      for (let waited = 0; taken < before; waited++) {
        assert(waited < 10_000, `${taken} of ${before} rejects of the batches before are taken`);
        await setTimeout(1);
      }
      copying--;
      return await refuse(batch);
    };
    await copyAll(FILE, untilTaken, { take: () => (taken += 1), keep: () => assert.equal(copying, 0) });
    assert.equal(taken, REJECTED.length);
  });

  test('fails with what is said of a batch, whatever is said of the next one', async () => {
    const failing = (batch: Batch) =>
      batch.rows.toString().startsWith('1\t') ? refuse(batch) : Promise.reject(new Error('said of the next one'));
    const take = () => {
      throw new Error('too many');
    };
    await assert.rejects(copyAll(FILE, failing, { take }), /too many/);
    await assert.rejects(copyAll(FILE, failing), /said of the next one/);
  });

  test('fails with what PostgreSQL says, even where the next batch cannot be read', async () => {
    const file = `${FILE}1|\`open\n2|two\n`;
    await assert.rejects(
      copyAll(file, () => Promise.reject(new Error('said by PostgreSQL'))),
      /said by PostgreSQL/,
    );
    await assert.rejects(copyAll(file, refuse), { code: 'UnterminatedQuote' });
  });
});
