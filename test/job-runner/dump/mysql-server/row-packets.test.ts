import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RowPackets } from '../../../../job-runner/dump/mysql-server/row-packets.ts';
import { ServerError } from '../../../../job-runner/dump/mysql-server/server-error.ts';
import { ConnectionLost } from '../../../../job-runner/dump/source-errors.ts';
import { SocketChunks } from '../../../../job-runner/dump/mysql-server/socket-chunks.ts';
import { fuzz } from '../../../fuzz.ts';

type Value = Buffer | null;

/** A payload as packets: one of 16 MiB or more has several. */
function packets(payload: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; at += 0xffffff) {
    const part = payload.subarray(at, at + 0xffffff);
    const header = Buffer.alloc(4);
    header.writeUIntLE(part.length, 0, 3);
    parts.push(header, part);
    if (part.length < 0xffffff) return Buffer.concat(parts);
  }
}

function lengthBytes(length: number): Buffer {
  if (length < 0xfb) return Buffer.from([length]);
  const bytes = length < 0x1_00_00 ? 2 : length < 0x1_00_00_00 ? 3 : 8;
  const encoded = Buffer.alloc(1 + bytes);
  encoded[0] = bytes === 2 ? 0xfc : bytes === 3 ? 0xfd : 0xfe;
  encoded.writeUIntLE(length, 1, Math.min(bytes, 6));
  return encoded;
}

const row = (values: readonly Value[]): Buffer =>
  packets(
    Buffer.concat(
      values.flatMap((value) => (value === null ? [Buffer.from([0xfb])] : [lengthBytes(value.length), value])),
    ),
  );
const EOF_PACKET = packets(Buffer.from([0xfe, 0, 0, 2, 0]));

function answer(columns: number, rows: readonly (readonly Value[])[], end = EOF_PACKET): Buffer {
  const definitions = Array.from({ length: columns }, () => packets(Buffer.from('def')));
  return Buffer.concat([packets(lengthBytes(columns)), ...definitions, EOF_PACKET, ...rows.map(row), end]);
}

function read(bytes: Buffer, sizes: readonly number[]): { readonly text: Buffer; readonly rows: number } {
  const reader = new RowPackets();
  const found: Buffer[] = [];
  const readOn = (): boolean => {
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      assert(next.length <= 512 * 1024);
      found.push(Buffer.from(next));
    }
    return reader.isDone;
  };
  for (let [at, turn] = [0, 0]; !readOn(); turn++) {
    assert(at < bytes.length, 'it wants more than there is');
    const size = sizes[turn % sizes.length] ?? 1;
    reader.take(bytes.subarray(at, at + size));
    at += size;
  }
  const { rows } = reader;
  reader.release();
  return { text: Buffer.concat(found), rows };
}

const escaped = (value: Value): Buffer =>
  value === null
    ? Buffer.from('\\N')
    : Buffer.from(
        value.toString('latin1').replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n'),
        'latin1',
      );
const dat = (rows: readonly (readonly Value[])[]): string =>
  rows.map((values) => `${values.map((value) => escaped(value).toString('latin1')).join('\t')}\n`).join('');

describe("a server's answer", () => {
  it('has the same rows however it is cut into chunks', () => {
    const value = fc.option(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      { nil: null },
    );
    const rows = fc
      .integer({ min: 1, max: 5 })
      .chain((columns) =>
        fc.tuple(
          fc.constant(columns),
          fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 20 }),
        ),
      );
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, sizes, ([columns, values], cuts) => {
        const found = read(answer(columns, values), cuts);
        assert.equal(found.text.toString('latin1'), dat(values));
        assert.equal(found.rows, values.length);
      }),
      fuzz(17, 300),
    );
  });

  it('may have values that are longer than a chunk, and than a packet', () => {
    for (const length of [0xfa, 0xfb, 0xffff, 0x10000, 600_000, 0xffffff - 4, 0xffffff]) {
      const values = [
        [Buffer.from('before'), null],
        [
          Buffer.alloc(length, 'x\ny 0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
          Buffer.from('y'),
        ],
        [null, Buffer.from('after')],
      ];
      const { text, rows } = read(answer(2, values), [65536]);
      assert.equal(rows, 3);
      assert(text.equals(Buffer.from(dat(values), 'latin1')), String(length));
    }
  });

  it('may be an error, at once or between rows', () => {
    const error = packets(Buffer.concat([Buffer.from([0xff, 0x2d, 0x04]), Buffer.from('#42S02No such table')]));
    for (const bytes of [error, answer(1, [[Buffer.from('1')]], error)])
      assert.throws(
        () => read(bytes, [7]),
        (thrown) => thrown instanceof ServerError && thrown.errno === 1069 && thrown.message === 'No such table',
      );
  });

  it('is refused where it asks for a file of this machine, or has no rows where it should', () => {
    for (const payload of [Buffer.from('\xfb/etc/passwd', 'latin1'), Buffer.from([0, 0, 0, 2, 0, 0, 0])])
      assert.throws(() => read(packets(payload), [100]), /does not have here/);
  });

  it('is refused where a row ends before its packet, or the packet before the row', () => {
    const long = Buffer.alloc(0xffffff - 1, 'x');
    const tail = (payload: Buffer) => packets(payload);
    for (const [what, rest] of [
      ['no value', tail(Buffer.alloc(0))],
      ['a value that is cut off', tail(Buffer.from([1, 0x61, 5, 0x62]))],
      ['a length that is cut off', tail(Buffer.from([1, 0x61, 0xfc, 1]))],
      ['one value', tail(Buffer.from([1, 0x61]))],
      ['three values', tail(Buffer.from([1, 0x61, 1, 0x62, 1, 0x63]))],
      [
        'a value that no packet continues',
        Buffer.concat([
          tail(Buffer.concat([Buffer.from([0xfe, 0, 0, 0, 1, 0, 0, 0, 0]), long])),
          tail(Buffer.from([1])),
        ]),
      ],
      [
        'bytes behind the last value in a packet of their own',
        Buffer.concat([
          tail(Buffer.concat([lengthBytes(0xffffff - 5), long.subarray(0, 0xffffff - 5), Buffer.from([0])])),
          tail(Buffer.from([1])),
        ]),
      ],
      ['an end that is longer than any', tail(Buffer.alloc(300_000, 0xff))],
    ] as const)
      assert.throws(
        () => read(Buffer.concat([answer(2, [[Buffer.from('1'), null]], rest), EOF_PACKET]), [65_536]),
        /does not have here/,
        what,
      );
  });

  it('never makes more of its bytes than a row for each packet, whatever they are', () => {
    const bytes = fc.array(
      fc.oneof(fc.constantFrom(0, 1, 2, 3, 0xfb, 0xfc, 0xfd, 0xfe, 0xff), fc.integer({ min: 0, max: 255 })),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 50 }), (tail, columns, size) => {
        const start = answer(columns, [], Buffer.alloc(0));
        try {
          const { text, rows } = read(Buffer.concat([start, Buffer.from(tail)]), [size]);
          assert.equal(text.filter((byte, index) => byte === 0x0a && text[index - 1] !== 0x5c).length, rows);
          assert(rows * 5 <= tail.length);
        } catch (error) {
          assert(
            error instanceof ServerError || /does not have here|wants more/.test((error as Error).message),
            String(error),
          );
        }
      }),
      fuzz(19, 1000),
    );
  });
});

describe('a connection from which rows are read', () => {
  it('is asked about after a silence, and lost where the server does not know it', async () => {
    let asked = 0;
    const socket = new PassThrough();
    const chunks = new SocketChunks(socket, 20, () => Promise.resolve(++asked < 3));
    await assert.rejects(chunks.next(), ConnectionLost);
    assert.equal(asked, 3);
    chunks.release(false);
  });

  it('hands on what came before its end, and then fails', async () => {
    const socket = new PassThrough();
    const chunks = new SocketChunks(socket, 10_000, () => Promise.resolve(true));
    socket.write('rows');
    socket.end();
    assert.equal((await chunks.next()).toString(), 'rows');
    await assert.rejects(chunks.next(), ConnectionLost);
    chunks.release(false);
  });

  it('makes the server wait while nobody takes its rows', async () => {
    const socket = new PassThrough({ highWaterMark: 64 * 1024 });
    const chunks = new SocketChunks(socket, 10_000, () => Promise.resolve(true));
    const written: Buffer[] = Array.from({ length: 64 }, (_, index) => Buffer.alloc(64 * 1024, index));
    for (const chunk of written) socket.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
    assert(socket.isPaused());
    let bytes = 0;
    while (bytes < 64 * 64 * 1024) bytes += (await chunks.next()).length;
    chunks.release(false);
  });
});
