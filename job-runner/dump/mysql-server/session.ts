import type { Duplex } from 'node:stream';
import { createConnection, type Connection } from 'mysql2';
import { ManifestError } from '../../../crds/contract/errors.ts';
import type { ReadRows } from '../source-data.ts';
import { ConnectionLost } from '../source-errors.ts';
import { isSaidByServer, toSourceError } from './server-error.ts';
import { PlainSocket, SILENCE_MILLISECONDS } from './plain-socket.ts';
import { RowPackets } from './row-packets.ts';
import { SocketChunks } from './socket-chunks.ts';
import { serverName, type ServerAddress } from './address.ts';

/** A row of a small answer, by its columns. */
export type Row = Readonly<Record<string, string | null>>;

export interface ServerOptions {
  readonly address: ServerAddress;
  /** The authority that signed the server's certificate, as PEM; without it those that Node knows. */
  readonly authority: string | undefined;
  readonly schema: string;
  /** After that much silence the server is asked whether it knows the connection. */
  readonly silenceMilliseconds?: number;
}

const CONNECT_MILLISECONDS = 20_000;

/**
 * What decides the texts of values, and how long the server is patient. Each driver's option for time zones does half of it, so they are statements.
 * Only a plain SELECT is sent afterwards; READ ONLY has the server refuse anything else. net_write_timeout is how long a slow reader may be slow. The
 * two limits of time are those of MariaDB and of MySQL: a comment that begins with /*M! is code for the former, and one with /*!507 for the latter.
 * MariaDB's are also: the past of versioned tables, which an administrator may have made everyone's present, and how long a transaction may be idle,
 * as one is between two tables.
 */
const SETTINGS = [
  'SET NAMES utf8mb4',
  `SET SESSION time_zone = '+00:00', sql_mode = '', sql_select_limit = 18446744073709551615, wait_timeout = 28800, net_write_timeout = 3600,
    lock_wait_timeout = 300, sql_big_selects = 1, autocommit = 1, completion_type = 0 /*M! , max_statement_time = 0 */
    /*M!100304 , system_versioning_asof = DEFAULT, idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0 */ /*!50708 , max_execution_time = 0 */`,
  // READ COMMITTED would ignore CONSISTENT SNAPSHOT without a word.
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
  'SET SESSION TRANSACTION READ ONLY',
];

/**
 * One connection to MySQL or MariaDB. The driver logs in and sends small statements; the rows of a table are read from its socket by `RowPackets`,
 * since no driver hands values on without making something of each.
 */
export class Session {
  readonly #options: ServerOptions;
  readonly #connection: Connection;
  #lost: Error | undefined;
  /** Reads what nobody wants of the answer before, so that the connection can be used again. */
  #readRest: (() => Promise<void>) | undefined;
  /** What else ends the statements that the driver never answers once it is closed. */
  readonly #unanswered = new Set<(error: Error) => void>();

  private constructor(options: ServerOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    // Without a listener an error while no statement runs would end the process. The next statement fails by itself.
    connection.on('error', (error: Error) => (this.#lost ??= error));
  }

  static async open(options: ServerOptions): Promise<Session> {
    const session = new Session(options, createConnection(connectionOptions(options)));
    try {
      await session.#connected();
      for (const statement of SETTINGS) await session.query(statement);
      return session;
    } catch (error) {
      session.close();
      throw withTlsRemedy(toSourceError(error, session.server), options.address);
    }
  }

  get server(): string {
    return serverName(this.#options.address);
  }

  /** Values as the server spells them. */
  async query(sql: string, values: readonly string[] = []): Promise<readonly Row[]> {
    await this.#readRest?.();
    return await new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      this.#unanswered.add(reject);
      this.#connection.query({ sql, values: [...values], typeCast: (field) => field.string() }, (error, rows) => {
        this.#unanswered.delete(reject);
        if (error === null) resolve(rows as unknown as Row[]);
        else reject(error);
      });
    });
  }

  /**
   * The rows of a SELECT as DAT bytes, see `RowPackets`, in chunks that are valid until the next. Whoever does not read them to their end loses the
   * connection, or reads all of the rest with the next statement.
   */
  async *read(sql: string, { mayLoseConnection = true } = {}): AsyncGenerator<Buffer, ReadRows> {
    await this.#readRest?.();
    if (this.#lost !== undefined) throw this.#lost;
    // The driver's own property, and after TLS the encrypted socket.
    const { stream: socket, threadId } = this.#connection as Connection & { readonly stream: Duplex };
    const { silenceMilliseconds = SILENCE_MILLISECONDS } = this.#options;
    const chunks = new SocketChunks(socket, silenceMilliseconds, () => this.#isAlive(threadId));
    const packets = new RowPackets();
    const end = async (): Promise<void> => {
      const { isDone } = packets;
      chunks.release(isDone);
      packets.release();
      if (!isDone) await this.#giveUp(threadId);
    };
    let hasFailed = false;
    try {
      socket.write(queryPacket(sql));
      for (;;) {
        for (let rows = packets.next(); rows !== undefined; rows = packets.next()) {
          yield rows;
        }
        if (packets.isDone) return { rows: packets.rows };
        packets.take(await chunks.next());
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      if (!hasFailed && !packets.isDone && !mayLoseConnection)
        this.#readRest = () => this.#discard(packets, chunks, end);
      else await end();
    }
  }

  async #discard(packets: RowPackets, chunks: SocketChunks, end: () => Promise<void>): Promise<void> {
    this.#readRest = undefined;
    try {
      for (;;) {
        while (packets.next() !== undefined);
        if (packets.isDone) return;
        packets.take(await chunks.next());
      }
    } finally {
      await end();
    }
  }

  close(): void {
    this.#lost ??= new ConnectionLost('it was closed');
    this.#connection.destroy();
    for (const reject of this.#unanswered) reject(this.#lost);
    this.#unanswered.clear();
  }

  async #connected(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#connection.connect((error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** The rest of an answer would have to be read, so the statement is ended, and the connection with it. */
  async #giveUp(threadId: number): Promise<void> {
    this.#lost ??= new ConnectionLost('the statement was given up');
    this.close();
    try {
      const other = await Session.open(this.#options);
      await other.query(`KILL QUERY ${threadId}`).finally(() => other.close());
    } catch {
      // It ends by itself: nobody takes its rows any more.
    }
  }

  /** A server that lets no other connection in, as its limit or a new password may have it, is there, and ends this one by itself if it has to. */
  async #isAlive(threadId: number): Promise<boolean> {
    const other = new Session(this.#options, createConnection(connectionOptions(this.#options)));
    try {
      await other.#connected();
      // MySQL is to lose information_schema.PROCESSLIST.
      return (await other.query('SHOW PROCESSLIST')).some(({ Id: id }) => id === String(threadId));
    } catch (error) {
      return isSaidByServer(error);
    } finally {
      other.close();
    }
  }
}

/** The server does not say why a user who must use TLS is refused. */
function withTlsRemedy(error: unknown, { sslMode }: ServerAddress): unknown {
  if (!(error instanceof ManifestError) || error.code !== 'SourceCredentials' || sslMode !== 'DISABLED') return error;
  const message = `${error.message}; if the user must use TLS, add ?ssl-mode=REQUIRED to the URI`;
  return new ManifestError('SourceCredentials', message, error.location, { cause: error });
}

function connectionOptions({ address, authority, schema }: ServerOptions): Parameters<typeof createConnection>[0] {
  const { host, port, socketPath, user, password, sslMode } = address;
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    ...(sslMode === 'DISABLED' ? { stream: () => PlainSocket.connect(address) } : {}),
    ...{ user, password, database: schema, connectTimeout: CONNECT_MILLISECONDS, enableKeepAlive: true },
    keepAliveInitialDelay: SILENCE_MILLISECONDS,
    charset: 'utf8mb4_general_ci',
    // The driver reserves a quarter of a megabyte for those that it would keep, and none is prepared.
    maxPreparedStatements: 1,
    // A COM_QUERY of ours has no attributes, and no server may ask for a file.
    flags: ['-CLIENT_QUERY_ATTRIBUTES', '-LOCAL_FILES', '-SESSION_TRACK'],
    ...(sslMode === 'DISABLED' ? {} : { ssl: tlsOptions(sslMode, authority) }),
  };
}

function tlsOptions(mode: 'REQUIRED' | 'VERIFY_IDENTITY', authority: string | undefined) {
  const isVerified = mode === 'VERIFY_IDENTITY';
  const ca = authority === undefined ? {} : { ca: authority };
  return { ...ca, minVersion: 'TLSv1.2', rejectUnauthorized: isVerified, verifyIdentity: isVerified };
}

/** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html */
function queryPacket(sql: string): Buffer {
  const text = Buffer.from(sql);
  const packet = Buffer.alloc(HEADER_BYTES + 1 + text.length);
  packet.writeUIntLE(1 + text.length, 0, 3);
  packet[HEADER_BYTES] = COM_QUERY;
  text.copy(packet, HEADER_BYTES + 1);
  return packet;
}

const HEADER_BYTES = 4;
const COM_QUERY = 0x03;
