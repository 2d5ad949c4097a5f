import type { TestDatabase } from '../../database.ts';
import { startDatabaseProxy } from '../killed/database-proxy.ts';

/** A statement that the server was sent. */
export interface RecordedStatement {
  /** From 0, in the order in which the client connected. */
  readonly connection: number;
  readonly sql: string;
}

/** Does the work by way of a proxy, and returns all statements that the server was sent, in order. */
export async function recordStatements(
  database: TestDatabase,
  work: (uri: string) => Promise<unknown>,
): Promise<readonly RecordedStatement[]> {
  const statements: RecordedStatement[] = [];
  const readers = new Map<number, MessageReader>();
  const proxy = await startDatabaseProxy(database.uri, {
    onClientData: (connection, bytes) => {
      const reader = readers.get(connection) ?? new MessageReader();
      readers.set(connection, reader);
      for (const sql of reader.read(bytes)) statements.push({ connection, sql });
    },
  });
  try {
    await work(proxy.uri);
  } finally {
    await proxy.close();
  }
  return statements;
}

const START_CODE_BYTES = 8;
const QUERY = 'Q'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);

/** Finds the statements in what a client sends. https://www.postgresql.org/docs/18/protocol-message-formats.html */
class MessageReader {
  #bytes = Buffer.alloc(0);
  #hasStarted = false;

  *read(bytes: Buffer): Generator<string> {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let message = this.#take(); message !== undefined; message = this.#take()) {
      const { type, body } = message;
      if (type === QUERY) yield textAt(body, 0).text;
      if (type === PARSE) yield textAt(body, textAt(body, 0).end).text;
    }
  }

  #take(): { type: number; body: Buffer } | undefined {
    // The first message has no type. One with nothing but a code asks for TLS and another one follows.
    const typeBytes = this.#hasStarted ? 1 : 0;
    if (this.#bytes.length < typeBytes + 4) return undefined;
    const length = this.#bytes.readInt32BE(typeBytes);
    const end = typeBytes + length;
    if (this.#bytes.length < end) return undefined;
    const message = {
      type: typeBytes === 1 ? this.#bytes.readUInt8(0) : 0,
      body: this.#bytes.subarray(typeBytes + 4, end),
    };
    this.#bytes = this.#bytes.subarray(end);
    this.#hasStarted ||= length > START_CODE_BYTES;
    return message;
  }
}

function textAt(body: Buffer, start: number): { text: string; end: number } {
  const end = body.indexOf(0, start);
  return { text: body.toString('utf8', start, end), end: end + 1 };
}
