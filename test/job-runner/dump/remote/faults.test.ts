import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  assertNoRides,
  assertRides,
  catalogueOf,
  failureOf,
  load,
  onlyEntry,
  rideRows,
  ridesDatabase,
  tasksFrom,
} from '../../../bucket/bucket-scene.ts';
import { FaultProxy, type Fault, type SeenRequest } from '../../../bucket/fault-proxy.ts';
import { Gateway } from '../../../bucket/gateway.ts';
import { writeDump } from '../../../end-to-end/dumps.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

const BUCKET = 'dumps';
const FILE = 'crm_v1.zip';
const ROWS = rideRows(170_000);
const OTHER_ROWS = rideRows(170_000, 2);

const gateway = await Gateway.start();
gateway.createBucket(BUCKET);
const proxy = await FaultProxy.start(gateway);
Object.assign(process.env, gateway.environment);
delete process.env['AWS_ENDPOINT_URL_S3'];

const folder = temporaryFolder();
const dumpOf = async (name: string, rows: readonly [number, string][]): Promise<Buffer> => {
  await writeDump(folder, name, { rides: { columns: { ride_id: 'int', rider: 'varchar' }, rows } });
  return readFileSync(join(folder, name));
};
const zip = await dumpOf(FILE, ROWS);
const otherZip = await dumpOf('other.zip', OTHER_ROWS);
assert(zip.length > 2_000_000);
const putBack = () => gateway.put(BUCKET, FILE, zip);

const tasks = tasksFrom(`{ s3: { bucket: ${BUCKET}, endpoint: "${proxy.endpoint}" } }`);
/** The long request for the DAT file: from its beginning, or where it goes on. */
const isLong = ({ range }: SeenRequest): boolean => lengthOf(range) > 300_000;
const lengthOf = (range = ''): number => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  return Number(last) - Number(first) + 1;
};
/** The fault for the first of the requests that match, and none afterwards. */
const once = (matches: (request: SeenRequest) => boolean, fault: Fault, times = 1) => {
  let left = times;
  return (request: SeenRequest): Fault | undefined => (matches(request) && left-- > 0 ? fault : undefined);
};

describe('a load from a bucket', () => {
  beforeEach(async () => {
    proxy.reset();
    await putBack();
  });

  const loadWith = async (decide: (request: SeenRequest) => Fault | undefined) => {
    const database = await ridesDatabase();
    const task = tasks.loadOf(await onlyEntry(tasks, database));
    proxy.reset();
    proxy.decide = decide;
    return { database, loading: load(database, task) };
  };
  const loadsAll = async (decide: (request: SeenRequest) => Fault | undefined): Promise<void> => {
    const { database, loading } = await loadWith(decide);
    assert.equal((await loading).rows, ROWS.length);
    await assertRides(database, ROWS);
  };
  const failsWith = async (decide: (request: SeenRequest) => Fault | undefined) => {
    const { database, loading } = await loadWith(decide);
    const failure = await failureOf(loading);
    await assertNoRides(database);
    assert.match(failure.file ?? '', /^crm_v1\.zip/);
    return failure;
  };

  it('reads a ZIP of megabytes by four requests, the long one for the whole DAT file', async () => {
    await loadsAll(() => undefined);
    assert(proxy.requests.length <= 4, `${proxy.requests.length} requests`);
    assert.equal(proxy.requests.filter(isLong).length, 1);
  });

  for (const status of [500, 503, 429])
    it(`goes on behind status ${status}`, async () => {
      await loadsAll(once(() => true, { kind: 'Answer', status, code: 'SlowDown' }, 3));
    });

  it('waits as long as Retry-After says', async () => {
    const started = performance.now();
    await loadsAll(once(isLong, { kind: 'Answer', status: 503, code: 'SlowDown', headers: { 'retry-after': '2' } }));
    assert(performance.now() - started > 2000);
  });

  for (const afterBytes of [0, 1, 65_536, 700_000, 1_500_000])
    it(`goes on at its offset where the connection is reset behind ${afterBytes} bytes`, async () => {
      await loadsAll(once(isLong, { kind: 'Reset', afterBytes }));
      const [first, second] = proxy.requests.filter(isLong);
      assert(lengthOf(second?.range) <= lengthOf(first?.range));
    });

  it('goes on at its offset where the connection is reset again and again', async () => {
    await loadsAll((request) => (isLong(request) ? { kind: 'Reset', afterBytes: 300_000 } : undefined));
    assert(proxy.requests.filter(isLong).length > 4);
  });

  for (const bytes of [0, 1, 500_000])
    it(`goes on where a body ends behind ${bytes} bytes as if it were whole`, async () => {
      await loadsAll(once(isLong, { kind: 'Short', bytes }));
    });

  it('waits five seconds for the first byte', async () => {
    await loadsAll(once(isLong, { kind: 'Delay', milliseconds: 5000 }));
  });

  it('is refused where the server sends the whole object for a range', async () => {
    const failure = await failsWith((request) => (isLong(request) ? { kind: 'Whole' } : undefined));
    assert.deepEqual([failure.kind, failure.code], ['Manifest', 'SourceRanges']);
  });

  it('ends where the server is busy for ever, to be retried', async () => {
    const failure = await failsWith((request) =>
      isLong(request) ? { kind: 'Answer', status: 503, code: 'SlowDown' } : undefined,
    );
    assert.deepEqual([failure.kind, failure.code], ['Transient', 'SourceBusy']);
    assert.match(failure.message, /SlowDown/);
  });

  it('sees another ETag between two reads', async () => {
    const failure = await failsWith(once(isLong, { kind: 'Headers', headers: { etag: '"another"' } }));
    assert.deepEqual([failure.kind, failure.code], ['Data', 'DumpChanged']);
  });

  it('sees that the object was replaced between catalogue and load', async () => {
    const database = await ridesDatabase();
    const task = tasks.loadOf(await onlyEntry(tasks, database));
    await gateway.put(BUCKET, FILE, otherZip);
    assert.equal((await failureOf(load(database, task))).code, 'DumpChanged');
    await assertNoRides(database);
  });

  for (const afterBytes of [0, 200_000, 1_000_000])
    it(`is never half old and half new where the object is replaced behind ${afterBytes} bytes and the connection breaks`, async () => {
      let isReplaced = false;
      const failure = await failsWith((request) => {
        if (!isLong(request)) return undefined;
        if (isReplaced) return undefined;
        isReplaced = true;
        return { kind: 'Reset', afterBytes, act: () => gateway.put(BUCKET, FILE, otherZip) };
      });
      assert.equal(failure.code, 'DumpChanged');
    });

  it('sees that the object is gone', async () => {
    const failure = await failsWith((request) =>
      isLong(request) ? { kind: 'Answer', status: 404, code: 'NoSuchKey' } : undefined,
    );
    assert.deepEqual([failure.kind, failure.code], ['Data', 'DumpMissing']);
  });
});

describe('a catalogue of a bucket', () => {
  beforeEach(async () => {
    proxy.reset();
    await putBack();
  });

  const catalogueFailure = async (fault: Fault) => {
    const database = await ridesDatabase();
    proxy.decide = ({ path }) => (path.includes('list-type') ? fault : undefined);
    return await failureOf(catalogueOf(tasks, database));
  };
  const answered = (status: number, code: string, headers: Record<string, string> = {}): Fault => ({
    ...{ kind: 'Answer', status, code, headers },
  });

  const cases: readonly [title: string, fault: Fault, kind: string, code: string, message: RegExp][] = [
    ['access is denied', answered(403, 'AccessDenied'), 'Manifest', 'SourceAccessDenied', /s3:ListBucket/],
    ['there is no bucket', answered(404, 'NoSuchBucket'), 'Manifest', 'SourceMissing', /the bucket dumps/],
    [
      'the bucket is in another region',
      answered(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }),
      ...(['Manifest', 'SourceRegion', /eu-west-1/] as const),
    ],
    ['the clocks differ', answered(403, 'RequestTimeTooSkewed'), 'Transient', 'SourceClock', /clock/],
    ['the signature is wrong', answered(403, 'SignatureDoesNotMatch'), 'Manifest', 'SourceCredentials', /secret key/],
    ['the key is unknown', answered(403, 'InvalidAccessKeyId'), 'Manifest', 'SourceCredentials', /access key/],
    ['the server is no S3', answered(418, ''), 'Manifest', 'SourceRefused', /418/],
  ];
  for (const [title, fault, kind, code, message] of cases)
    it(`says so where ${title}`, async () => {
      const failure = await catalogueFailure(fault);
      assert.deepEqual([failure.kind, failure.code], [kind, code]);
      assert.match(failure.message, message);
    });

  it('opens the dump while the object is being replaced, old or new', async () => {
    let puts = 0;
    const replacing = (async () => {
      for (; puts < 20; puts++) {
        await gateway.put(BUCKET, FILE, puts % 2 === 0 ? otherZip : zip);
        await wait(5);
      }
    })();
    const database = await ridesDatabase();
    const entry = await onlyEntry(tasks, database);
    await replacing;
    if (entry.failure === undefined) assert.equal(entry.decision, 'Load');
    else assert.equal(entry.failure.code, 'DumpChanged');
  });
});
