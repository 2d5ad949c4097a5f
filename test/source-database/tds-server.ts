/**
 * A protocol fixture and not SQL Server: it speaks as much of TDS as a client needs to log in and to be answered, from bytes that the tests make by
 * the specification. What it answers a statement with is the test's own. It shows that our code and the driver read those bytes as they are meant; it
 * shows nothing of what a SQL Server does.
 * https://learn.microsoft.com/openspecs/windows_protocols/ms-tds
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after } from 'node:test';
import { Duplex } from 'node:stream';
import { TLSSocket, type SecureContext } from 'node:tls';
import { doneByAttention, failed, loginAccepted } from './tds-tokens.ts';

/** The tokens of an answer; in parts, between which the client may take its time. */
export type Answer = Buffer | AsyncIterable<Buffer>;

/** What a client has said of itself. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly isEncrypted: boolean;
}

export interface TdsServerOptions {
  /** Undefined where the user may log in. */
  readonly refuse?: (login: Login) => Buffer | undefined;
  readonly answer: (sql: string, connection: Connection) => Answer;
  /** With a certificate the connection is encrypted. */
  readonly secureContext?: SecureContext;
  /** TDS 8: TLS comes first. */
  readonly isStrict?: boolean;
}

export interface Connection {
  readonly socket: Socket;
  /** What was sent so far. */
  readonly statements: string[];
  /** Whether the client has given up a statement. */
  isCancelled: boolean;
}

const [SQL_BATCH, LOGIN, ATTENTION, PRELOGIN, ANSWER] = [0x01, 0x10, 0x06, 0x12, 0x04];
const [NOT_SUPPORTED, REQUIRED] = [2, 3];
const HEADER_BYTES = 8;
const PACKET_BYTES = 4096;
const END_OF_MESSAGE = 1;

export class TdsServer {
  readonly #server: Server;
  readonly #options: TdsServerOptions;
  readonly connections: Connection[] = [];

  private constructor(options: TdsServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => void this.#serve(socket).catch(() => socket.destroy()));
  }

  static async start(options: TdsServerOptions): Promise<TdsServer> {
    const server = new TdsServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    after(() => server.stop());
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Every statement of every connection. */
  get statements(): readonly string[] {
    return this.connections.flatMap(({ statements }) => statements);
  }

  stop(): void {
    this.#server.close();
    for (const { socket } of this.connections) socket.destroy();
  }

  async #serve(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const connection: Connection = { socket, statements: [], isCancelled: false };
    this.connections.push(connection);
    const { secureContext, isStrict = false } = this.#options;
    const isEncrypted = secureContext !== undefined;
    const first = isEncrypted && isStrict ? strict(socket, secureContext) : socket;
    const plain = messagesOf(first);
    await plain.next();
    if (isEncrypted && !isStrict) await plain.return(undefined);
    write(first, ANSWER, prelogin(isEncrypted ? REQUIRED : NOT_SUPPORTED));
    const stream = isEncrypted && !isStrict ? encrypted(socket, secureContext) : first;
    const messages = stream === first ? plain : messagesOf(stream);
    let answered = Promise.resolve();
    for await (const { type, payload } of messages) {
      if (type === LOGIN) {
        const login = { ...readLogin(payload), isEncrypted };
        write(stream, ANSWER, this.#options.refuse?.(login) ?? loginAccepted());
      } else if (type === SQL_BATCH) {
        const sql = payload.subarray(payload.readUInt32LE(0)).toString('utf16le');
        connection.statements.push(sql);
        answered = send(stream, this.#options.answer(sql, connection), connection).catch(() => void socket.destroy());
      } else if (type === ATTENTION) {
        connection.isCancelled = true;
        await answered;
        write(stream, ANSWER, doneByAttention);
      } else write(stream, ANSWER, failed(2812, 'the fixture knows batches alone'));
    }
  }
}

interface Message {
  readonly type: number;
  readonly payload: Buffer;
}

/** Of one message several packets; the last one says so. */
async function* messagesOf(stream: Duplex): AsyncGenerator<Message> {
  let input = Buffer.alloc(0);
  let parts: Buffer[] = [];
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for await (const chunk of chunks) {
    input = Buffer.concat([input, chunk]);
    while (input.length >= HEADER_BYTES && input.length >= input.readUInt16BE(2)) {
      const length = input.readUInt16BE(2);
      parts.push(input.subarray(HEADER_BYTES, length));
      const [type = 0, status = 0] = input;
      input = input.subarray(length);
      if ((status & END_OF_MESSAGE) === 0) continue;
      yield { type, payload: Buffer.concat(parts) };
      parts = [];
    }
  }
}

function packet(type: number, payload: Buffer, isLast: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = type;
  header[1] = isLast ? END_OF_MESSAGE : 0;
  header.writeUInt16BE(HEADER_BYTES + payload.length, 2);
  return Buffer.concat([header, payload]);
}

function packets(type: number, payload: Buffer, isLast: boolean): Buffer {
  const all: Buffer[] = [];
  const size = PACKET_BYTES - HEADER_BYTES;
  for (let at = 0; at === 0 || at < payload.length; at += size)
    all.push(packet(type, payload.subarray(at, at + size), isLast && at + size >= payload.length));
  return Buffer.concat(all);
}

function write(stream: Duplex, type: number, payload: Buffer): void {
  stream.write(packets(type, payload, true));
}

/** Waits where the client does not take more, and ends early where it gives up. */
async function send(stream: Duplex, given: Answer, connection: Connection): Promise<void> {
  if (Buffer.isBuffer(given)) {
    write(stream, ANSWER, given);
    return;
  }
  for await (const part of given) {
    if (stream.destroyed) return;
    if (connection.isCancelled) break;
    if (stream.write(packets(ANSWER, part, false))) continue;
    const either = new AbortController();
    await Promise.race(['drain', 'close'].map((event) => once(stream, event, { signal: either.signal })));
    either.abort();
  }
  stream.write(packet(ANSWER, Buffer.alloc(0), true));
}

/** VERSION and ENCRYPTION, each with its offset and length, and the end. */
function prelogin(encryption: number): Buffer {
  const options = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff]);
  return Buffer.concat([options, Buffer.from([16, 0, 0, 0, 0, 0]), Buffer.from([encryption])]);
}

/** Where LOGIN7 has the offset of a text, and behind it its length in characters. */
const [USER, PASSWORD, DATABASE] = [40, 44, 68];

function readLogin(payload: Buffer): Omit<Login, 'isEncrypted'> {
  const bytesOf = (field: number) => {
    const offset = payload.readUInt16LE(field);
    return payload.subarray(offset, offset + 2 * payload.readUInt16LE(field + 2));
  };
  const password = bytesOf(PASSWORD).map((byte) => {
    const half = byte ^ 0xa5;
    return ((half << 4) & 0xf0) | (half >> 4);
  });
  return {
    user: bytesOf(USER).toString('utf16le'),
    password: Buffer.from(password).toString('utf16le'),
    database: bytesOf(DATABASE).toString('utf16le'),
  };
}

function strict(socket: Socket, secureContext: SecureContext): Duplex {
  const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['tds/8.0'] });
  secure.on('error', () => socket.destroy());
  return secure;
}

/** The handshake is in packets of the type PRELOGIN, each a message; what follows it is TLS alone, of which the client begins. */
function encrypted(socket: Socket, secureContext: SecureContext): Duplex {
  let isHandshake = true;
  let input = Buffer.alloc(0);
  const inner = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, callback) => {
      socket.write(isHandshake ? packets(PRELOGIN, chunk, true) : chunk, callback);
    },
  });
  const secure = new TLSSocket(inner, { isServer: true, secureContext });
  secure.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    input = Buffer.concat([input, chunk]);
    while (isHandshake && input.length >= HEADER_BYTES) {
      if (input[0] !== PRELOGIN) isHandshake = false;
      else if (input.length < input.readUInt16BE(2)) return;
      else {
        inner.push(input.subarray(HEADER_BYTES, input.readUInt16BE(2)));
        input = input.subarray(input.readUInt16BE(2));
      }
    }
    if (isHandshake) return;
    inner.push(input);
    input = Buffer.alloc(0);
  });
  socket.on('end', () => inner.push(null));
  socket.resume();
  return secure;
}
