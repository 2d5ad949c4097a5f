import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DatabaseProxy {
  /** The server's URI by way of the proxy. */
  readonly uri: string;
  /** Bytes that clients have sent so far. */
  readonly clientBytes: number;
  /** Forwards nothing more from clients, like a network that lost them; the server is not notified. */
  hold(): void;
  /** Hands on what was held back and what comes. */
  release(): void;
  /** Ends all connections, on both sides. */
  cut(): void;
  close(): Promise<void>;
}

export interface ProxyEvents {
  /** A client has connected. */
  readonly onConnection?: (proxy: DatabaseProxy) => void;
  /** What a client sends, by the number of its connection, from 0. */
  readonly onClientData?: (connection: number, bytes: Buffer) => void;
  /** After so many client bytes have been handed on. */
  readonly onClientBytes?: (bytes: number, proxy: DatabaseProxy) => void;
  /** The server has committed the transaction with the ledger's row; the answer is held back for ever. */
  readonly onCommitted?: (proxy: DatabaseProxy) => void;
}

/** A Unix socket that forwards real bytes to the real server and back, and reports what passes. */
export async function startDatabaseProxy(serverUri: string, events: ProxyEvents): Promise<DatabaseProxy> {
  const server = new URL(serverUri.replace('@/', '@localhost/'));
  const target = join(server.searchParams.get('host') ?? '', '.s.PGSQL.5432');
  const folder = mkdtempSync(join(tmpdir(), 'motherload-proxy-'));
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let clientBytes = 0;
  let held = false;
  let connections = 0;
  const listener = createServer((client) => {
    const connection = connections++;
    const database = createConnection(target);
    let wroteLedger = false;
    clients.add(client);
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        database.destroy();
        sockets.delete(socket);
        clients.delete(client);
      });
    }
    client.on('data', (bytes: Buffer) => {
      wroteLedger ||= bytes.includes('INSERT INTO "motherload"."loads"');
      database.write(bytes);
      events.onClientData?.(connection, bytes);
      clientBytes += bytes.length;
      events.onClientBytes?.(clientBytes, proxy);
    });
    events.onConnection?.(proxy);
    if (held) client.pause();
    database.on('data', (bytes: Buffer) => {
      // CommandComplete of a COMMIT: https://www.postgresql.org/docs/18/protocol-message-formats.html
      if (events.onCommitted !== undefined && wroteLedger && bytes.includes('COMMIT\0')) events.onCommitted(proxy);
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => listener.listen(join(folder, '.s.PGSQL.5432'), resolve));
  const proxy: DatabaseProxy = {
    uri: serverUri.replace(/host=[^&]*/, `host=${encodeURIComponent(folder)}`),
    get clientBytes() {
      return clientBytes;
    },
    hold: () => {
      held = true;
      for (const client of clients) client.pause();
    },
    release: () => {
      held = false;
      for (const client of clients) client.resume();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return proxy;
}
