import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { benchmark, contendersFor } from '../../bench/benchmark.ts';
import { prepareDataSets } from '../../bench/data.ts';
import { startServer, unpack } from '../../bench/server.ts';
import { median, printable, summarize } from '../../bench/table.ts';
import { prepareTools } from '../../bench/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-bench-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the benchmark', async () => {
  const python = await prepareTools(join(import.meta.dirname, '..', '..', 'bench', 'data'));
  const sets = await prepareDataSets(folder, 2_000_000);
  const server = await startServer();
  after(async () => await server.stop());
  const unpacked = await unpack(server, sets);

  for (const set of sets) {
    it(`has every contender load the same rows (${set.title})`, async () => {
      const contenders = contendersFor(set, []);
      const { all, rows } = await benchmark({
        server,
        set,
        contenders,
        rounds: 1,
        python,
        unpacked,
        log: () => undefined,
      });
      assert.deepEqual(
        all.map(({ contender }) => contender),
        contenders.map(({ name }) => name),
      );
      assert.ok(rows > (set.name === 'faulty' ? 100 : 4000), `${rows} rows`);
      for (const { rounds } of all)
        assert.ok(rounds.every(({ seconds, clientCpuSeconds }) => seconds > 0 && clientCpuSeconds >= 0));
    });
  }

  it('generates the same bytes again', async () => {
    const again = await prepareDataSets(join(folder, 'again'), 2_000_000);
    const other = await unpack({ ...server, folder: join(server.folder, 'again') }, again);
    for (const [index, set] of sets.entries()) {
      for (const [position, table] of set.tables.entries()) {
        const twin = again[index]?.tables[position];
        assert.ok(
          twin !== undefined && readFileSync(unpacked(table)).equals(readFileSync(other(twin))),
          `${table.version} ${table.name}`,
        );
      }
    }
  });
});

const REFERENCE = 'psycopg2 loader';

describe('the table of results', () => {
  const round = (seconds: number) => ({ seconds, clientCpuSeconds: 2, serverCpuSeconds: undefined, peakBytes: 50e6 });
  const all = [
    { contender: REFERENCE, rounds: [round(9), round(12), round(10)] },
    { contender: 'ours', rounds: [round(5), round(4), round(6)] },
  ];

  it('shows medians, and the speed of each contender relative to the reference', () => {
    const [reference, ours] = summarize(all, { bytes: 1e9, rows: 5000 }, REFERENCE);
    assert.deepEqual([reference?.seconds, reference?.ratio], [10, 1]);
    assert.deepEqual([ours?.seconds, ours?.ratio, ours?.rowsPerSecond, ours?.megabytesPerSecond], [5, 2, 1000, 200]);
    assert.equal(ours?.peakMegabytes, 50);
    assert.match(
      printable(summarize(all, { bytes: 1e9, rows: 5000 }, REFERENCE), REFERENCE),
      /ours .* 5\.0 .* 200 .* 1,000 .* 2\.0 .* – .* 50 .* 2\.00/,
    );
  });

  it('uses the mean of the two middle numbers of an even count', () => {
    assert.equal(median([4, 1, undefined, 3, 2]), 2.5);
    assert.equal(median([]), undefined);
  });
});
