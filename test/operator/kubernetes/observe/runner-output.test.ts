import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { catalogueReports } from '../../../../crds/contract/catalogue-writer.ts';
import type { CatalogueReport } from '../../../../crds/contract/report.ts';
import type { PodObject } from '../../../../operator/kubernetes/client/objects.ts';
import { readCatalogue, type CatalogueReading } from '../../../../operator/kubernetes/observe/runner-output.ts';
import { entry } from '../../fixtures.ts';
import { apiserver, failure, type Reply } from '../apiserver.ts';

const pod: PodObject = { metadata: { name: 'catalogue-x', namespace: 'default', uid: 'p', resourceVersion: '1' } };
const BOUNDS = { entries: 100, bytes: 1_000_000 };
const users = entry('users');

async function read(reply: Reply, bounds = BOUNDS): Promise<CatalogueReading | undefined> {
  const { api } = await apiserver(() => reply);
  return await readCatalogue(api, pod, bounds);
}
const log = (...reports: readonly (CatalogueReport | string)[]): Reply => {
  const lines = reports.map((report) => (typeof report === 'string' ? report : JSON.stringify(report)));
  return (response) => response.end(lines.map((line) => `${line}\n`).join(''));
};
const chunk = (sequence: number, text: string): CatalogueReport => ({
  ...{ report: 'catalogueChunk', sequence, gzip: gzipSync(text).toString('base64') },
});
const entriesOf = (reading: CatalogueReading | undefined) =>
  reading !== undefined && 'entries' in reading ? reading.entries : undefined;
const faultOf = (reading: CatalogueReading | undefined) =>
  reading !== undefined && 'fault' in reading ? reading.fault : undefined;

describe('readCatalogue', () => {
  it('reads the catalogue from a log with other lines', async () => {
    const long = `{"report":"progress","x":"${'é'.repeat(3_000_000)}"}`;
    assert.deepEqual(entriesOf(await read(log('starting', long, ...catalogueReports([users]), long))), [users]);
  });

  it('reads the largest possible catalogue of 100,000 tables', async () => {
    const many = Array.from({ length: 100_000 }, (_, index) => entry(`table_${index}`));
    const reading = await read(log(...catalogueReports(many)), { entries: 100_000, bytes: 64 * 1024 * 1024 });
    assert.equal(entriesOf(reading)?.length, 100_000);
  });

  it('finds none in a truncated log, or if the pod was deleted', async () => {
    assert.equal(await read(log(...[...catalogueReports([users])].slice(0, 1))), undefined);
    assert.equal(await read(failure(404, 'NotFound', 'pods "catalogue-x" not found')), undefined);
  });

  it('describes an entry that cannot become a TableIngestion', async () => {
    const tooLong = entry('t'.repeat(1025));
    const fault = faultOf(await read(log(...catalogueReports([users, tooLong, users]))));
    assert.match(fault ?? '', /^entry 2 cannot become a TableIngestion: \{"ingestionName":"nightly"/);
    assert((fault ?? '').length < 300);
  });

  it('refuses more entries than the run may have, and more text than there is memory for', async () => {
    const reports = [...catalogueReports(['a', 'b', 'c'].map((name) => entry(name)))];
    assert.match(
      faultOf(await read(log(...reports), { ...BOUNDS, entries: 2 })) ?? '',
      /more than 2 entries \(spec\.limits\.maxTables\)/,
    );
    assert.match(faultOf(await read(log(...reports), { ...BOUNDS, bytes: 500 })) ?? '', /exceeds 500 bytes/);
    assert.equal(entriesOf(await read(log(...reports), { ...BOUNDS, entries: 3 }))?.length, 3);
  });

  it('stops at the first entry of a log designed to exhaust its memory', async () => {
    const bomb = `[${'{},'.repeat(250_000)}{}]\n`;
    const small = '[{}]\n'.repeat(200_000);
    for (const text of [bomb, small, '\n'.repeat(900_000) + '{}']) {
      const report = chunk(0, text);
      let written = 0;
      let closed: Promise<unknown> = Promise.resolve();
      const reading = await read((response) => {
        closed = once(response, 'close');
        const write = (): void => {
          while (written < 1_000_000 && response.write(`${JSON.stringify({ ...report, sequence: written++ })}\n`));
          if (!response.destroyed) response.once('drain', write);
        };
        write();
      });
      assert.match(faultOf(reading) ?? '', /entry 1 cannot/);
      await closed;
      assert(written < 1_000_000, 'it continued to read');
    }
  });

  it('stops reading a log that restarts again and again', async () => {
    const again = [chunk(0, `${JSON.stringify(users)}\n`.repeat(50))];
    assert.match(
      faultOf(await read(log(...Array.from({ length: 100 }, () => again).flat()))) ?? '',
      /exceeds 1000000 bytes/,
    );
  });
});
