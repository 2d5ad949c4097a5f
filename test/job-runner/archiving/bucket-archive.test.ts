import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { ArchiveAction } from '../../../crds/contract/task.ts';
import { BucketArchive } from '../../../job-runner/archiving/bucket-archive.ts';
import type { StampedDump } from '../../../job-runner/archiving/dump-archive.ts';
import { openBucket } from '../../../job-runner/dump/remote/s3/open-bucket.ts';
import { findBucketObject } from '../../../job-runner/dump/remote/s3/bucket-object.ts';
import { runLocally } from '../../../operator/local/run-locally.ts';
import { Runners } from '../../../operator/local/runners.ts';
import { failureOf } from '../../bucket/bucket-scene.ts';
import { FaultProxy, type Fault, type SeenRequest } from '../../bucket/fault-proxy.ts';
import { Gateway } from '../../bucket/gateway.ts';
import { createTestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { manifest } from '../../operator/fixtures.ts';
import { temporaryFolder } from '../catalogue/tasks.ts';

/** The archive of a bucket, on a real gateway behind a proxy whose faults are those of real servers. */
const gateway = await Gateway.start();
const proxy = await FaultProxy.start(gateway);
Object.assign(process.env, gateway.environment);
const SOURCE = { bucket: 'dumps', prefix: 'in', endpoint: proxy.endpoint };
const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
/** A part of an object that is copied in parts has 5 MiB at least, but for the last one. */
const PART_BYTES = 5 * 1024 * 1024;
const CONTENT = Buffer.alloc(2.4 * PART_BYTES, 'a line of a dump that is no round number of bytes long\n');
let folder = '';
let count = 0;

async function stamped(key: string): Promise<StampedDump> {
  const found = await findBucketObject(await openBucket(SOURCE, undefined), key, key);
  assert(found !== undefined);
  return { file: key.slice('in/'.length), stamp: { ...found } };
}
const open = async (partBytes?: number) => await BucketArchive.open(SOURCE, { path: 'old' }, partBytes);
const has = (key: string) => existsSync(join(folder, key));
const digestOf = (key: string) =>
  createHash('sha256')
    .update(readFileSync(join(folder, key)))
    .digest('hex');
const CONTENT_DIGEST = createHash('sha256').update(CONTENT).digest('hex');
const filesOf = () =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((file) => statSync(join(folder, file)).isFile()).sort();
/** Faults for the first requests that match, one each. */
const faults = (matches: (request: SeenRequest) => boolean, ...list: Fault[]) => {
  proxy.decide = (request) => (matches(request) ? list.shift() : undefined);
};

beforeEach(async () => {
  proxy.reset();
  SOURCE.bucket = `dumps-${++count}`;
  gateway.createBucket(SOURCE.bucket);
  folder = join(gateway.folder, SOURCE.bucket);
  await gateway.put(SOURCE.bucket, 'in/eu/crm_v1.zip', CONTENT);
});

describe('the archive of a bucket', () => {
  it('moves, copies and deletes an object, whole', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    const archive = await open();
    assert.equal(await archive.whyNot(dump), undefined);
    assert.equal(await archive.carryOut(dump, 'Copy', 'v1/eu/crm_v1.zip'), undefined);
    assert.deepEqual([digestOf('old/v1/eu/crm_v1.zip'), has('in/eu/crm_v1.zip')], [CONTENT_DIGEST, true]);
    assert.equal(await archive.carryOut(dump, 'Move', 'v2/a+b %41 ü.zip'), undefined);
    assert.deepEqual([digestOf('old/v2/a+b %41 ü.zip'), has('in/eu/crm_v1.zip')], [CONTENT_DIGEST, false]);
    await gateway.put(SOURCE.bucket, 'in/eu/crm_v2.zip', CONTENT);
    assert.equal(await archive.carryOut(await stamped('in/eu/crm_v2.zip'), 'Delete', ''), undefined);
    assert.equal(has('in/eu/crm_v2.zip'), false);
  });

  it('copies what is larger than one request may copy in parts, and compares the bytes, since their ETags differ', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    const archive = await open(PART_BYTES);
    assert.equal(await archive.carryOut(dump, 'Move', 'crm_v1.zip'), undefined);
    assert.deepEqual([digestOf('old/crm_v1.zip'), has('in/eu/crm_v1.zip')], [CONTENT_DIGEST, false]);
    assert.equal(proxy.requests.filter(({ path }) => path.includes('partNumber=')).length, 3);
    const reads = proxy.requests.filter(({ range }) => range !== undefined);
    assert(reads.length >= 2, 'both are read');
  });

  it('handles an object that was put beside the gateway and has no ETag', async () => {
    writeFileSync(join(folder, 'in/plain_v1.zip'), CONTENT);
    const dump = await stamped('in/plain_v1.zip');
    assert.equal(await (await open()).carryOut(dump, 'Move', 'plain_v1.zip'), undefined);
    assert.deepEqual([digestOf('old/plain_v1.zip'), has('in/plain_v1.zip')], [CONTENT_DIGEST, false]);
  });

  it('archives nothing that has changed since, or is gone', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    const archive = await open();
    await gateway.put(SOURCE.bucket, 'in/eu/crm_v1.zip', Buffer.from('another dump'));
    for (const action of ['Copy', 'Move', 'Delete'] as const) {
      assert.equal(await archive.whyNot(dump), 'it has changed since its catalogue');
      assert.equal(await archive.carryOut(dump, action, 'crm_v1.zip'), 'it has changed since its catalogue');
    }
    assert.deepEqual([has('in/eu/crm_v1.zip'), has('old/crm_v1.zip')], [true, false]);
    const lost = { ...dump, file: 'eu/crm_v9.zip' };
    assert.equal(await archive.whyNot(lost), 'it no longer exists');
    assert.equal(await archive.carryOut(lost, 'Move', 'crm_v9.zip'), 'it no longer exists');
  });

  it('does not copy an object that is replaced at that very moment', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    const act = async () => await gateway.put(SOURCE.bucket, 'in/eu/crm_v1.zip', Buffer.from('another dump'));
    faults(({ method }) => method === 'PUT', { kind: 'Before', act });
    const failure = await failureOf((await open()).carryOut(dump, 'Move', 'crm_v1.zip'));
    assert.equal(failure.code, 'DumpChanged');
    assert.deepEqual([has('in/eu/crm_v1.zip'), has('old/crm_v1.zip')], [true, false]);
  });

  it('overwrites nothing, and takes the same bytes for the copy', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    await gateway.put(SOURCE.bucket, 'old/taken.zip', Buffer.from('another dump'));
    await gateway.put(SOURCE.bucket, 'old/same.zip', CONTENT);
    const archive = await open();
    const failure = await failureOf(archive.carryOut(dump, 'Move', 'taken.zip'));
    assert.equal(failure.code, 'ArchiveTaken');
    assert.deepEqual(
      [readFileSync(join(folder, 'old/taken.zip'), 'utf8'), has('in/eu/crm_v1.zip')],
      ['another dump', true],
    );
    assert.equal(await archive.carryOut(dump, 'Move', 'same.zip'), undefined);
    assert.equal(has('in/eu/crm_v1.zip'), false);
  });

  it('repeats what a busy server refuses, also one that says so behind the status 200', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    const busy: Fault = { kind: 'Answer', status: 503, code: 'SlowDown' };
    const late: Fault = { kind: 'Answer', status: 200, code: 'InternalError' };
    faults(({ method }) => method === 'PUT' || method === 'DELETE', busy, late, { kind: 'Lost' }, busy, {
      kind: 'Lost',
    });
    assert.equal(await (await open()).carryOut(dump, 'Move', 'crm_v1.zip'), undefined);
    assert.deepEqual([digestOf('old/crm_v1.zip'), has('in/eu/crm_v1.zip')], [CONTENT_DIGEST, false]);
  });

  it('names the right that the credentials lack', async () => {
    const dump = await stamped('in/eu/crm_v1.zip');
    faults(({ method }) => method === 'DELETE', { kind: 'Answer', status: 403, code: 'AccessDenied' });
    const failure = await failureOf((await open()).carryOut(dump, 'Delete', ''));
    assert.equal(failure.code, 'ArchiveNotWritable');
    assert.match(failure.message, /with Move and Delete s3:DeleteObject/);
  });

  it('is not disturbed by the loss of any one answer', async () => {
    let isOver = false;
    for (let lost = 1; !isOver; lost++) {
      const name = `lost-${lost}.zip`;
      await gateway.put(SOURCE.bucket, `in/${name}`, CONTENT);
      const dump = await stamped(`in/${name}`);
      proxy.reset();
      proxy.decide = ({ number }) => (number === lost ? { kind: 'Lost' } : undefined);
      assert.equal(await (await open(PART_BYTES)).carryOut(dump, 'Move', name), undefined, name);
      isOver = proxy.requests.length < lost;
      assert.deepEqual([has(`in/${name}`), digestOf(`old/${name}`)], [false, CONTENT_DIGEST], name);
    }
  });

  it('goes on after a crash behind any answer, to the same end', async () => {
    for (const action of ['Move', 'Copy', 'Delete'] satisfies ArchiveAction[]) {
      for (const partBytes of action === 'Delete' ? [undefined] : [undefined, PART_BYTES]) {
        for (let lost = 1, isOver = false; !isOver; lost++) {
          const name = `${action}-${partBytes ?? 'whole'}-${lost}.zip`;
          await gateway.put(SOURCE.bucket, `in/${name}`, CONTENT);
          const dump = await stamped(`in/${name}`);
          proxy.reset();
          // As after a crash: each further request is refused for good.
          proxy.decide = ({ number }) =>
            number < lost
              ? undefined
              : number === lost
                ? { kind: 'Lost' }
                : { kind: 'Answer', status: 403, code: 'AccessDenied' };
          const outcome = await (await open(partBytes)).carryOut(dump, action, name).catch(() => 'crashed');
          isOver = outcome === undefined;
          proxy.reset();
          assert.equal(await (await open(partBytes)).carryOut(dump, action, name), undefined, name);
          assert.deepEqual([has(`in/${name}`), has(`old/${name}`)], [action === 'Copy', action !== 'Delete'], name);
          if (action !== 'Delete') assert.equal(digestOf(`old/${name}`), CONTENT_DIGEST);
        }
      }
    }
  });
});

describe('a run that archives its dumps in the bucket', () => {
  it('loads, moves, and finds nothing the next time, nor what it has archived', async () => {
    const database = await createTestDatabase();
    const local = temporaryFolder();
    await writeDump(local, 'crm_v1.zip', { users: { columns: { user_id: 'int' }, rows: [[1], [2]] } });
    await gateway.put(SOURCE.bucket, 'in/eu/crm_v1.zip', readFileSync(join(local, 'crm_v1.zip')));
    const { metadata, spec } = manifest('archive: { action: Move, path: in/archive, name: "{version}/{file}" }');
    const { include, exclude } = spec.source;
    const ofBucket = { metadata, spec: { ...spec, source: { include, exclude, path: '', s3: SOURCE } } };
    const run = async () => {
      const runners = new Runners({ command: [process.execPath, MAIN], databaseUri: database.uri, captureLog: false });
      const options = { manifest: ofBucket, dumpsFolder: '', dialectFiles: {}, runners, log: SILENT_LOG };
      try {
        return (await runLocally(options)).ingestion;
      } finally {
        await runners.end();
      }
    };
    const first = await run();
    assert.equal(first.message, '1 table loaded; 1 dump archived');
    assert.deepEqual(filesOf(), ['in/archive/v1/eu/crm_v1.zip']);
    const second = await run();
    assert.deepEqual([second.phase, second.tables?.total], ['Complete', 0], second.message);
    assert.deepEqual(await database.query('SELECT dump_file, archived_as FROM motherload.dumps'), [
      { dump_file: 'eu/crm_v1.zip', archived_as: 'v1/eu/crm_v1.zip' },
    ]);
  });
});
