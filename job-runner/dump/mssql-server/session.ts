import type { Socket } from 'node:net';
import { Connection, Request } from 'tedious';
import { serverName, type ServerAddress } from './address.ts';
import type { ReadRows } from '../source-data.ts';
import { ConnectionLost, RowTooLong } from '../source-errors.ts';
import { MAX_ROW_BYTES_SENT, MAX_VALUE_BYTES, RowText, type DriverValue } from './row-text.ts';
import { RowStream } from './row-stream.ts';
import { ServerError, toSourceError, type ServerMessage } from './server-error.ts';

/** A row of a small answer, by its columns. */
export type Row = Readonly<Record<string, string | null>>;

export interface ServerOptions {
  readonly address: ServerAddress;
  /** The authority that signed the server's certificate, as PEM; without it those that Node knows. */
  readonly authority: string | undefined;
}

const CONNECT_MILLISECONDS = 20_000;
const LENGTH_CHECK_MILLISECONDS = 100;

/**
 * What the driver's options do not set. Whoever waits for a lock longer than five minutes gives up; of two that wait for each other it is the reader.
 * A batch, since what a procedure sets ends with it, and the driver's other way to send a statement is one.
 */
const SETTINGS = 'SET LOCK_TIMEOUT 300000; SET DEADLOCK_PRIORITY LOW; SET NOCOUNT OFF; SET ROWCOUNT 0';

/** One connection to SQL Server. Each statement is sent as a batch of its own. */
export class Session {
  readonly server: string;
  readonly #connection: Connection;
  #messages: ServerMessage[] = [];
  #lost: Error | undefined;
  /** The statement that is not answered yet. */
  #request: Request | undefined;
  #isClosed = false;

  private constructor(options: ServerOptions) {
    this.server = serverName(options.address);
    this.#connection = new Connection(connectionOptions(options));
    // The errors of a login have their numbers nowhere else.
    this.#connection.on('errorMessage', ({ number, message }) => this.#messages.push({ number, message }));
    // Without a listener an error while no statement runs would end the process. The next statement fails by itself.
    this.#connection.on('error', (error) => (this.#lost ??= error));
    this.#connection.on('end', () => (this.#lost ??= new ConnectionLost('the connection ended')));
  }

  static async open(options: ServerOptions): Promise<Session> {
    const session = new Session(options);
    try {
      await session.#connected();
      await session.query(SETTINGS);
      return session;
    } catch (error) {
      session.close();
      throw toSourceError(error, session.server);
    }
  }

  /** Columns that are asked for as text. */
  async query(sql: string): Promise<readonly Row[]> {
    return await new Promise((resolve, reject) => {
      const rows: Row[] = [];
      this.#send(sql, (error) => (error === undefined ? resolve(rows) : reject(error)), {
        row: (columns) => rows.push(toRow(columns)),
      });
    });
  }

  /** The rows of a SELECT as DAT bytes, see `RowText`, in chunks that are valid until the next. */
  async *read(sql: string, isGeometry: readonly boolean[]): AsyncGenerator<Buffer, ReadRows> {
    const text = new RowText(isGeometry);
    const stream = new RowStream();
    let bytesBefore = this.#socket.bytesRead;
    const request = this.#send(
      sql,
      (error, declared) => {
        // An answer that ends early is an error of the driver's as well, but for one that ends between two rows.
        const isWhole = error !== undefined || declared === text.rows;
        stream.end(error ?? (isWhole ? undefined : new ConnectionLost('the answer ended before its last row')));
      },
      {
        row: (columns) => {
          bytesBefore = this.#socket.bytesRead;
          try {
            stream.push(text.add(columns.map(({ value }) => value as DriverValue)));
          } catch (error) {
            stream.fail(error as Error);
          }
        },
      },
    );
    stream.controls(request);
    // The driver hands on rows alone, and keeps in memory what it has of one, however much the server sends.
    const lengthCheck = setInterval(() => {
      if (this.#socket.bytesRead - bytesBefore <= MAX_ROW_BYTES_SENT) return;
      stream.fail(new RowTooLong());
      this.#socket.destroy();
    }, LENGTH_CHECK_MILLISECONDS);
    try {
      yield* stream.chunks();
      yield* text.end();
      return { rows: text.rows };
    } finally {
      clearInterval(lengthCheck);
      // The rest of the answer would have to be read.
      if (!stream.isDone) this.close();
    }
  }

  /**
   * Ends the statement first, if there is one: the driver forgets a request when it closes the connection, and the end of its answer, if it has that
   * already, would then end the process.
   */
  close(): void {
    this.#lost ??= new ConnectionLost('the connection was closed');
    this.#isClosed = true;
    if (this.#request === undefined) this.#connection.close();
    else this.#request.cancel();
  }

  /** The driver's own property. */
  get #socket(): Socket {
    return (this.#connection as unknown as { readonly socket: Socket }).socket;
  }

  async #connected(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#connection.connect((error) => {
        if (error === undefined) resolve();
        else reject(this.#messages.length > 0 ? new ServerError(this.#messages) : error);
      });
    });
  }

  /** `done` is called once, with the number of rows that the server has sent. */
  #send(
    sql: string,
    done: (error: Error | undefined, rows: number) => void,
    on: { readonly row: (columns: readonly DriverColumn[]) => void },
  ): Request {
    this.#messages = [];
    const request = new Request(sql, (error, rows) => {
      this.#request = undefined;
      if (error === undefined || error === null) done(undefined, rows ?? 0);
      else {
        // What came before the connection broke is not read any more, for the reason that `close` has.
        request.pause();
        done(this.#reasonOf(error), 0);
      }
      if (this.#isClosed) this.#connection.close();
    });
    this.#request = request;
    request.on('row', on.row);
    this.#connection.execSqlBatch(request);
    return request;
  }

  #reasonOf(error: Error): Error {
    if (this.#messages.length > 0) return new ServerError(this.#messages);
    return this.#lost === undefined ? error : new ConnectionLost(this.#lost.message, { cause: this.#lost });
  }
}

interface DriverColumn {
  readonly metadata: { readonly colName: string };
  readonly value: unknown;
}

function toRow(columns: readonly DriverColumn[]): Row {
  return Object.fromEntries(
    columns.map(({ metadata, value }) => [metadata.colName, value === null ? null : String(value as DriverValue)]),
  );
}

function connectionOptions({ address, authority }: ServerOptions): ConstructorParameters<typeof Connection>[0] {
  const { host, port, user, password, database, encrypt, trustServerCertificate, isReadOnly } = address;
  return {
    server: host,
    authentication: { type: 'default', options: { userName: user, password } },
    options: {
      ...{ port, database, encrypt, trustServerCertificate, readOnlyIntent: isReadOnly, appName: 'motherload' },
      cryptoCredentialsDetails: { minVersion: 'TLSv1.2', ...(authority === undefined ? {} : { ca: authority }) },
      connectTimeout: CONNECT_MILLISECONDS,
      // A Job is retried by whoever started it.
      maxRetriesOnTransientErrors: 0,
      // A statement may take as long as it takes.
      requestTimeout: 0,
      textsize: MAX_VALUE_BYTES,
      abortTransactionOnError: true,
      // Of the driver's defaults those that values would depend on, were they others.
      ...{ language: 'us_english', dateFormat: 'ymd', enableAnsiPadding: true, enableAnsiWarnings: true },
      ...{ enableConcatNullYieldsNull: true, enableQuotedIdentifier: true, enableArithAbort: true },
      ...{ useUTC: true, lowerCaseGuids: true, useColumnNames: false },
      ...{ rowCollectionOnRequestCompletion: false, rowCollectionOnDone: false },
    },
  };
}
