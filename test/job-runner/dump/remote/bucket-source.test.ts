import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { S3Source } from '../../../../crds/contract/task.ts';
import { readArchive } from '../../../../job-runner/dump/archive.ts';
import { bucketSource } from '../../../../job-runner/dump/remote/s3/bucket-source.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { FaultProxy } from '../../../bucket/fault-proxy.ts';
import { Gateway } from '../../../bucket/gateway.ts';
import { writeDump } from '../../../end-to-end/dumps.ts';
import { catalogueTask, temporaryFolder } from '../../catalogue/tasks.ts';

const GLOBS = { include: ['**/*.zip'], exclude: [] };
const { limits } = catalogueTask('/');

const gateway = await Gateway.start();
const proxy = await FaultProxy.start(gateway);
Object.assign(process.env, gateway.environment);
const folder = temporaryFolder();
await writeDump(folder, 'crm_v1.zip', { rides: { columns: { ride_id: 'int' }, rows: [[1], [2]] } });
const ZIP = readFileSync(join(folder, 'crm_v1.zip'));

const open = async (bucket: string, more: Partial<S3Source> = {}) =>
  await bucketSource({ bucket, prefix: '', endpoint: proxy.endpoint, ...more }, undefined);
const filesOf = async (bucket: string, more: Partial<S3Source> = {}): Promise<string[]> =>
  (await (await open(bucket, more)).list(GLOBS)).map(({ file }) => file);
/** A file beside the gateway, which has no ETag. */
const put = (bucket: string, key: string, content: Buffer | string = ZIP): string => {
  const file = join(gateway.folder, bucket, key);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};

describe('the dumps of a bucket', () => {
  it('are the objects below the prefix that the globs match, in order', async () => {
    for (const key of ['b.zip', 'n/a.zip', 'n/deep/c.ZIP', 'n/readme.txt', 'n/.hidden/d.zip', 'n-old/e.zip'])
      put('globs', key);
    assert.deepEqual(await filesOf('globs', { prefix: 'n' }), ['a.zip', 'deep/c.ZIP']);
    assert.deepEqual(await filesOf('globs', { prefix: 'n/' }), ['a.zip', 'deep/c.ZIP']);
    assert.deepEqual(await filesOf('globs'), ['b.zip', 'n-old/e.zip', 'n/a.zip', 'n/deep/c.ZIP']);
  });

  it('have keys of any characters, each of which is found again and read', async () => {
    const keys = [
      'a b.zip',
      'a+b.zip',
      'a%2Bb.zip',
      'ü ñ.zip',
      "(it's) !*.zip",
      'a&b=c?d#e.zip',
      'x/y z/ä.zip',
      '%.zip',
    ];
    gateway.createBucket('names');
    for (const key of keys) await gateway.put('names', key, ZIP);
    assert.deepEqual(await filesOf('names'), keys.toSorted());
    const source = await open('names');
    await source.list(GLOBS);
    for (const key of keys) {
      const archive = await readArchive(await source.open(key), limits, key);
      assert.deepEqual(
        archive.entries.map(({ name }) => name),
        ['rides.json', 'rides.dat'],
      );
    }
  });

  it('are listed page by page', async () => {
    for (let number = 0; number < 2500; number++) put('pages', `dump_${String(number).padStart(5, '0')}.zip`, '');
    proxy.reset();
    assert.equal((await filesOf('pages')).length, 2500);
    assert.equal(proxy.requests.length, 3);
  });

  it('are none: the error names the bucket and what to check', async () => {
    gateway.createBucket('empty');
    const failure = await failureOf(filesOf('empty', { prefix: 'nightly' }));
    assert.deepEqual([failure.code, failure.file], ['NoDumps', 's3://empty/nightly/']);
    assert.match(failure.message, /s3\.prefix/);
  });

  it('are empty objects: refused without a request for a range', async () => {
    put('nothing', 'a_v1.zip', '');
    const source = await open('nothing');
    await source.list(GLOBS);
    proxy.reset();
    assert.equal(
      (await failureOf(source.open('a_v1.zip').then((reader) => readArchive(reader, limits, 'a_v1.zip')))).code,
      'DumpEmpty',
    );
    assert.deepEqual(proxy.requests, []);
  });
});

describe('an object that is pinned', () => {
  it('has ETag, size and time, and by them it is opened again', async () => {
    gateway.createBucket('pinned');
    await gateway.put('pinned', 'a_v1.zip', ZIP);
    const source = await open('pinned');
    await source.list(GLOBS);
    const { identity } = await readArchive(await source.open('a_v1.zip'), limits, 'a_v1.zip');
    assert(identity !== undefined);
    assert.equal(identity.bytes, ZIP.length);
    assert.match(identity.etag ?? '', /^"[0-9a-f]{32}"$/);
    assert.match(identity.lastModified ?? '', /GMT$/);
    const again = await readArchive(await (await open('pinned')).open('a_v1.zip', identity), limits, 'a_v1.zip');
    assert.deepEqual(again.identity, identity);
  });

  it('has no ETag where it was put beside the gateway: size and time tell a change', async () => {
    const file = put('beside', 'a_v1.zip');
    const source = await open('beside');
    await source.list(GLOBS);
    const { identity } = await readArchive(await source.open('a_v1.zip'), limits, 'a_v1.zip');
    assert(identity !== undefined && identity.etag === undefined);
    utimesSync(file, new Date('2026-01-02'), new Date('2026-01-02'));
    const changed = await failureOf(
      (await open('beside')).open('a_v1.zip', identity).then((reader) => readArchive(reader, limits, 'a_v1.zip')),
    );
    assert.equal(changed.code, 'DumpChanged');
  });

  it('without an ETag is read by several requests, though its time has fractions of a second', async () => {
    const file = put('fractions', 'a_v1.zip', Buffer.concat([Buffer.alloc(400_000, 'x'), ZIP]));
    utimesSync(file, 1_700_000_000.5, 1_700_000_000.5);
    const source = await open('fractions');
    await source.list(GLOBS);
    const reader = await source.open('a_v1.zip');
    await readArchive(reader, limits, 'a_v1.zip');
    const start = Buffer.alloc(10);
    assert.equal(await reader.read(start, 0), 10);
    assert.equal(start.toString(), 'x'.repeat(10));
  });

  it('keeps its old ETag where the file is changed beside the gateway: size and time tell a change', async () => {
    gateway.createBucket('stale');
    await gateway.put('stale', 'a_v1.zip', ZIP);
    const source = await open('stale');
    await source.list(GLOBS);
    const { identity } = await readArchive(await source.open('a_v1.zip'), limits, 'a_v1.zip');
    const file = join(gateway.folder, 'stale', 'a_v1.zip');
    truncateSync(file, ZIP.length - 1);
    const shorter = await failureOf(
      (await open('stale')).open('a_v1.zip', identity).then((reader) => readArchive(reader, limits, 'a_v1.zip')),
    );
    assert.equal(shorter.code, 'DumpChanged');
    writeFileSync(file, ZIP);
    utimesSync(file, new Date('2026-01-02'), new Date('2026-01-02'));
    const older = await failureOf(
      (await open('stale')).open('a_v1.zip', identity).then((reader) => readArchive(reader, limits, 'a_v1.zip')),
    );
    assert.equal(older.code, 'DumpChanged');
  });
});
