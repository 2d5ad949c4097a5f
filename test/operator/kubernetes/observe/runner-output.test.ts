import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { catalogueReports } from '../../../../crds/contract/catalogue-writer.ts';
import type { CatalogueReport } from '../../../../crds/contract/report.ts';
import type { PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { readCatalogue, type CatalogueReading } from '../../../../operator/kubernetes/observe/runner-output.ts';
import { entry } from '../../fixtures.ts';
import { apiserver, refusal, type Reply } from '../apiserver.ts';

const pod: PodObject = { metadata: { name: 'catalogue-x', namespace: 'default', uid: 'p', resourceVersion: '1' } };
const BOUNDS = { entries: 100, bytes: 1_000_000 };
const users = entry('users');

async function read(reply: Reply, bounds = BOUNDS): Promise<CatalogueReading | undefined> {
  const { api } = await apiserver(() => reply);
  return await readCatalogue(api, pod, bounds);
}
const log = (...reports: readonly (CatalogueReport | string)[]): Reply => {
  const lines = reports.map((report) => (typeof report === 'string' ? report : JSON.stringify(report)));
  return (answer) => answer.end(lines.map((line) => `${line}\n`).join(''));
};
const chunk = (sequence: number, text: string): CatalogueReport => ({
  ...{ report: 'catalogueChunk', sequence, gzip: gzipSync(text).toString('base64') },
});
const entriesOf = (reading: CatalogueReading | undefined) =>
  reading !== undefined && 'entries' in reading ? reading.entries : undefined;
const faultOf = (reading: CatalogueReading | undefined) =>
  reading !== undefined && 'fault' in reading ? reading.fault : undefined;

describe('readCatalogue', () => {
  it('reads the catalogue among whatever else a log holds', async () => {
    const long = `{"report":"progress","x":"${'é'.repeat(3_000_000)}"}`;
    assert.deepEqual(entriesOf(await read(log('starting', long, ...catalogueReports([users]), long))), [users]);
  });

  it('holds the 100,000 tables that a run may have at most', async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => entry(`table_${index}`));
    const reading = await read(log(...catalogueReports(many)), { entries: 100_000, bytes: 64 * 1024 * 1024 });
    assert.equal(entriesOf(reading)?.length, 100_000);
  });

  it('finds none in a log that is cut, and where the pod is gone', async () => {
    assert.equal(await read(log(...[...catalogueReports([users])].slice(0, 1))), undefined);
    assert.equal(await read(refusal(404, 'NotFound', 'pods "catalogue-x" not found')), undefined);
  });

  it('says what is wrong with an entry that no TableIngestion can be made of', async () => {
    const tooLong = entry('t'.repeat(1025));
    const fault = faultOf(await read(log(...catalogueReports([users, tooLong, users]))));
    assert.match(fault ?? '', /^no TableIngestion can be created from its entry 2: \{"ingestionName":"nightly"/);
    assert((fault ?? '').length < 300);
  });

  it('takes no more entries than the run may have, and no more text than there is memory for', async () => {
    const reports = [...catalogueReports(['a', 'b', 'c'].map((name) => entry(name)))];
    assert.match(
      faultOf(await read(log(...reports), { ...BOUNDS, entries: 2 })) ?? '',
      /more than 2 entries \(spec\.limits\.maxTables\)/,
    );
    assert.match(faultOf(await read(log(...reports), { ...BOUNDS, bytes: 500 })) ?? '', /longer than 500 bytes/);
    assert.equal(entriesOf(await read(log(...reports), { ...BOUNDS, entries: 3 }))?.length, 3);
  });

  it('gives up a log that was made to fill its memory at the first entry', async () => {
    const bomb = `[${'{},'.repeat(250_000)}{}]\n`;
    const small = '[{}]\n'.repeat(200_000);
    for (const text of [bomb, small, '\n'.repeat(900_000) + '{}']) {
      const report = chunk(0, text);
      let written = 0;
      let closed: Promise<unknown> = Promise.resolve();
      const reading = await read((answer) => {
        closed = once(answer, 'close');
        const write = (): void => {
          while (written < 1_000_000 && answer.write(`${JSON.stringify({ ...report, sequence: written++ })}\n`));
          if (!answer.destroyed) answer.once('drain', write);
        };
        write();
      });
      assert.match(faultOf(reading) ?? '', /its entry 1/);
      await closed;
      assert(written < 1_000_000, 'it has read on');
    }
  });

  it('does not read on and on in a log that begins anew again and again', async () => {
    const again = [chunk(0, `${JSON.stringify(users)}\n`.repeat(50))];
    assert.match(
      faultOf(await read(log(...Array.from({ length: 100 }, () => again).flat()))) ?? '',
      /longer than 1000000 bytes/,
    );
  });
});
