import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadTask } from '../../../../crds/contract/task.ts';
import { parseAddress } from '../../../../job-runner/dump/mssql-server/address.ts';
import { Session } from '../../../../job-runner/dump/mssql-server/session.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase, type TestDatabase } from '../../../database.ts';
import { inParts, uriOf, type SceneTable } from '../../../source-database/mssql-scene.ts';
import type { Connection } from '../../../source-database/tds-server.ts';
import * as wire from '../../../source-database/tds-tokens.ts';
import { ID, isNothingLoaded, renewScene, RIDER, rideValues, scene, server, tasks } from './server-scene.ts';
import { entryOf, load, withPolicy } from '../source-database-tables.ts';

/** The task of loading `rides`, which then are answered with something else than the catalogue saw. */
async function taskBefore(database: TestDatabase, changed: Partial<SceneTable>): Promise<LoadTask> {
  const own = tasks();
  const task = own.loadOf(await entryOf(own, database));
  scene.tables['rides'] = { ...scene.tables['rides'], ...changed };
  return task;
}

describe('a table that is answered in the protocol of SQL Server', () => {
  beforeEach(renewScene);

  it('is loaded once, and known again by its rows', async () => {
    const database = await createTestDatabase();
    const task = await taskBefore(database, {});
    const first = await load(database, task);
    assert.deepEqual([first.outcome, first.rows], ['Loaded', 1000]);
    assert.match((await load(database, task)).message, /earlier attempt of this run/);
    assert.equal((await load(database, withPolicy(task, 'Fail', 'again'))).outcome, 'AlreadyLoaded');
    scene.tables['rides'] = { columns: [ID, RIDER], rows: rideValues(1001) };
    const replaced = await load(database, withPolicy(task, 'Replace', 'others'));
    assert.deepEqual([replaced.outcome, replaced.rows], ['Loaded', 1001]);
  });

  it('is read the same where NULLs come in a bitmap', async () => {
    const database = await createTestDatabase();
    const values = [...rideValues(20), [wire.int32(21), null], [null, null]];
    const answer: SceneTable['answer'] = (columns) => wire.answer(columns, values, wire.rowWithBitmap);
    const task = await taskBefore(database, { answer });
    assert.equal((await load(database, task)).rows, 22);
    assert.deepEqual(await database.query('SELECT count(id)::int AS ids, count(rider)::int AS riders FROM v1_rides'), [
      { ids: 21, riders: 20 },
    ]);
  });

  it('is not loaded at all where its answer breaks off, and that is tried again', async () => {
    const half = (columns: readonly wire.WireColumn[]) => [
      wire.columnMetadata(columns),
      ...rideValues(500).map((values) => wire.row(columns, values)),
    ];
    const cut = (socket: Connection['socket']) =>
      (async function* () {
        await delay(50);
        socket.destroy();
        yield Buffer.alloc(0);
      })();
    const cases: Record<string, NonNullable<SceneTable['answer']>> = {
      'the connection is killed': (columns, { socket }) =>
        (async function* () {
          yield Buffer.concat(half(columns));
          yield* cut(socket);
        })(),
      'the answer ends within a row': (columns) => Buffer.concat(half(columns)).subarray(0, -7),
      'the answer ends without its end': (columns) => Buffer.concat(half(columns)),
      'fewer rows come than the server has sent': (columns) => Buffer.concat([...half(columns), wire.done(501)]),
      'a deadlock ends it': (columns) =>
        Buffer.concat([...half(columns), wire.failed(1205, 'Transaction was deadlocked.')]),
      'it waits too long for a lock': () => wire.failed(1222, 'Lock request time out period exceeded.', 16),
      'the session is killed': (columns) =>
        Buffer.concat([...half(columns), wire.failed(596, 'Cannot continue the execution.', 21)]),
      'Azure throttles it': () => wire.failed(40501, 'The service is currently busy.', 20),
      'bytes come that are no token': (columns) => Buffer.concat([...half(columns), Buffer.from([0x00, 0x01, 0x02])]),
    };
    for (const [title, answer] of Object.entries(cases)) {
      renewScene();
      const database = await createTestDatabase();
      const failure = await failureOf(load(database, await taskBefore(database, { answer })));
      assert.deepEqual([failure.code, failure.kind], ['SourceBusy', 'Transient'], title);
      assert(await isNothingLoaded(database), title);
    }
  });

  it('is refused for good, without a value in the message, where the server says so', async () => {
    const cases: readonly [number, string, string][] = [
      [229, 'SourceAccessDenied', 'Manifest'],
      [230, 'SourceAccessDenied', 'Manifest'],
      [208, 'SourceTableChanged', 'Data'],
      [207, 'SourceTableChanged', 'Data'],
      [8115, 'SourceRefused', 'Manifest'],
    ];
    for (const [number, code, kind] of cases) {
      renewScene();
      const database = await createTestDatabase();
      const task = await taskBefore(database, { answer: () => wire.failed(number, 'said by the server', 16) });
      const failure = await failureOf(load(database, task));
      assert.deepEqual([failure.code, failure.kind], [code, kind]);
      assert.equal(failure.message.includes('said by the server'), code !== 'SourceRefused');
      assert(await isNothingLoaded(database));
    }
  });

  it('has a record refused for half a surrogate pair, which PostgreSQL cannot keep', async () => {
    const database = await createTestDatabase();
    const rows = rideValues(10);
    rows[6] = [wire.int32(7), wire.utf16('half \ud83d')];
    const task = await taskBefore(database, { rows });
    const failure = await failureOf(load(database, task));
    assert.deepEqual([failure.kind, failure.line], ['Data', 7]);
    const lenient = await load(database, { ...task, rejects: { limit: 1 } });
    assert.deepEqual([lenient.rows, lenient.rejects], [9, 1]);
    assert.deepEqual(await database.query("SELECT 1 FROM v1_rides WHERE rider LIKE '%\ufffd%'"), []);
  });

  it('is refused where a row does not end, before it fills the memory', async () => {
    const database = await createTestDatabase();
    let sent = 0;
    const part = Buffer.concat([wire.int32(1024 * 1024), Buffer.alloc(1024 * 1024, 'x\0')]);
    const endless = (function* () {
      for (; sent < 4096; sent++) yield part;
    })();
    const columns = [ID, { name: 'note', sys: ['nvarchar', -1], wire: wire.NVARCHAR_MAX }] as const;
    const own = tasks();
    scene.tables['rides'] = { columns };
    const task = own.loadOf(await entryOf(own, database));
    scene.tables['rides'] = {
      columns,
      answer: (described) => {
        const row = Buffer.concat([Buffer.from([0xd1]), wire.INT(4).encode(wire.int32(1)), wire.int64(-2n)]);
        return inParts(Buffer.concat([wire.columnMetadata(described), row]), endless, Buffer.alloc(0));
      },
    };
    const failure = await failureOf(load(database, task));
    assert.deepEqual([failure.code, failure.kind], ['RecordTooLong', 'Data']);
    assert(sent < 1024, `${sent} MiB were sent`);
    assert(await isNothingLoaded(database));
  });

  it('is not asked for more than the reader takes, and its statement and connection end where the load is given up', async () => {
    let sent = 0;
    const part = (columns: readonly wire.WireColumn[]) =>
      Buffer.concat(rideValues(1000).map((values) => wire.row(columns, values)));
    scene.tables['rides'] = {
      columns: [ID, RIDER],
      answer: (columns) => {
        const rows = part(columns);
        const counted = (function* () {
          for (; sent < 2000; sent++) yield rows;
        })();
        return inParts(wire.columnMetadata(columns), counted, wire.done(2_000_000));
      },
    };
    const session = await Session.open({ address: parseAddress(uriOf(server), false), authority: undefined });
    const chunks = session.read('SELECT t.[id], t.[rider] FROM [dbo].[rides] AS t', [false, false]);
    await chunks.next();
    await delay(500);
    // Of about 200 MB what fits into the buffers of two sockets, and one megabyte.
    assert(sent < 500, `${sent} parts of 100 KB were taken though nobody read`);
    const connection = server.connections.at(-1) ?? assert.fail();
    const isOpen = () => !connection.socket.destroyed;
    assert(isOpen());
    await chunks.return({ rows: 0 });
    for (let waited = 0; isOpen() && waited < 60_000; waited += 20) await delay(20);
    assert(!isOpen() && connection.isCancelled && sent < 1000);
  });
});
