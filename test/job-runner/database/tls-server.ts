import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgresql } from '../../../bin/postgresql/embedded-postgresql.ts';
import { freePort } from '../../cluster/ports.ts';
import { Authority } from './certificates.ts';

/** A PostgreSQL of its own on 127.0.0.1 that speaks TLS, with the certificate of `localhost`. */
export interface TlsServer {
  /** With the certificates' files. */
  readonly folder: string;
  readonly port: number;
  readonly authority: Authority;
  /** By the Unix socket, as superuser. */
  query(sql: string): Promise<void>;
  setHostRules(rules: readonly string[]): Promise<void>;
}

export async function startTlsServer(): Promise<TlsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'motherload-tls-'));
  chmodSync(folder, 0o711); // The server runs as another user where root runs the tests.
  const authority = new Authority(folder, 'authority');
  const port = await freePort();
  const options = {
    folder: join(folder, 'postgresql'),
    settings: { fsync: 'off', port: String(port), password_encryption: 'scram-sha-256' },
  };
  // By default it does not listen on any network, so it is started twice.
  await (await startEmbeddedPostgresql(options)).stop();
  const data = join(options.folder, 'data');
  const { certificate, key } = authority.sign('localhost');
  giveTo(data, certificate, 'server.crt');
  giveTo(data, key, 'server.key');
  giveTo(data, authority.file, 'root.crt');
  appendFileSync(join(data, 'postgresql.conf'), "listen_addresses = '127.0.0.1'\nssl = on\nssl_ca_file = 'root.crt'\n");
  const server = await startEmbeddedPostgresql(options);
  const client = new pg.Client(server.uri.replace('?', `?port=${port}&`));
  await client.connect();
  after(async () => {
    await client.end();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const query = async (sql: string): Promise<void> => {
    await client.query(sql);
  };
  const loadTime = async () =>
    (await client.query<{ time: string }>('SELECT pg_conf_load_time()::text AS time')).rows[0]?.time;
  const setHostRules = async (rules: readonly string[]): Promise<void> => {
    writeFileSync(join(data, 'pg_hba.conf'), ['local all all trust', ...rules, ''].join('\n'));
    const before = await loadTime();
    await query('SELECT pg_reload_conf()');
    // The postmaster signals its sessions and reads the rules before it takes the next connection.
    while ((await loadTime()) === before) await wait(10);
  };
  return { folder, port, authority, query, setHostRules };
}

function giveTo(data: string, file: string, name: string): void {
  const { uid, gid } = statSync(data);
  copyFileSync(file, join(data, name));
  chownSync(join(data, name), uid, gid);
  chmodSync(join(data, name), 0o600);
}
