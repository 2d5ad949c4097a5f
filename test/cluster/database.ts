import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgresql } from '../../bin/postgresql/embedded-postgresql.ts';
import { connect } from '../../job-runner/database/connection.ts';
import type { Certificates } from './certificates.ts';
import type { ControlPlane } from './control-plane.ts';
import { BRIDGE_ADDRESS, POD_RANGE } from './network.ts';
import { Processes } from './processes.ts';
import { offerOutsideService } from './outside-service.ts';

export interface ClusterDatabase {
  /** For programs on this machine: the superuser, through the Unix socket. */
  readonly ownerUri: string;
  /** For pods: an ordinary role with a password, at the name of a Service. */
  readonly podUri: string;
  /** For pods: a role with the same rights and no password, but the certificate of this name, which the cluster's authority signed. */
  readonly certified: { readonly uri: string; readonly certificate: string };
}

const NAMESPACE = 'databases';
const PROCESS = 'postgresql';
const HOST = `${PROCESS}.${NAMESPACE}.svc`;
const CERTIFIED = 'certified';

/** Starts a PostgreSQL beside the cluster, at `postgresql.databases.svc` for pods. If it is already running it is left unchanged. */
export async function startDatabase(plane: ControlPlane): Promise<ClusterDatabase> {
  const folder = join(plane.folder, 'postgresql');
  const passwordFile = join(plane.folder, 'postgresql.password');
  const started = await startEmbeddedPostgresql({ folder });
  if (!existsSync(passwordFile)) {
    const password = randomBytes(16).toString('hex');
    await openToPods(started.uri, folder, password);
    await plane.certificates.make(PROCESS, { name: PROCESS, addresses: [HOST] });
    await plane.certificates.make(CERTIFIED, { name: CERTIFIED });
    speakTls(folder, plane.certificates);
    await started.stop();
    await startEmbeddedPostgresql({ folder });
    writeFileSync(passwordFile, password, { mode: 0o600 });
  }
  plane.processes.adopt(PROCESS, postmaster(folder));
  await offerOutsideService(plane, NAMESPACE, PROCESS, 5432);
  const password = readFileSync(passwordFile, 'utf8');
  return {
    ownerUri: started.uri,
    podUri: `postgresql://motherload:${password}@${HOST}:5432/motherload`,
    certified: { uri: `postgresql://${CERTIFIED}@${HOST}:5432/motherload`, certificate: CERTIFIED },
  };
}

/** Stops it as `pg_ctl stop -m fast` does: sessions are terminated, data is written. */
export async function stopDatabase(processes: Processes): Promise<void> {
  await processes.remove(PROCESS, 'SIGINT');
}

/** The role for loading has exactly the privileges that the documentation requires. */
async function openToPods(uri: string, folder: string, password: string): Promise<void> {
  const client = await connect(uri);
  try {
    await client.query(`ALTER SYSTEM SET listen_addresses = '${BRIDGE_ADDRESS}'`);
    await client.query('ALTER SYSTEM SET max_connections = 200');
    await client.query(`CREATE ROLE motherload LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE ROLE ${CERTIFIED} LOGIN`);
    await client.query(`GRANT CREATE ON DATABASE motherload TO motherload, ${CERTIFIED}`);
    await client.query(`GRANT CREATE ON SCHEMA public TO motherload, ${CERTIFIED}`);
  } finally {
    await client.end();
  }
  // The machine translates a Service's address, so PostgreSQL sees the machine's own address on the bridge.
  appendFileSync(
    join(folder, 'data', 'pg_hba.conf'),
    `host motherload motherload ${POD_RANGE} scram-sha-256\nhostssl motherload ${CERTIFIED} ${POD_RANGE} cert\n`,
  );
}

/** With a certificate for its Service's name, from the same authority as those of its clients. */
function speakTls(folder: string, certificates: Certificates): void {
  const data = join(folder, 'data');
  const { uid, gid } = statSync(data);
  const files = [
    [certificates.certificate(PROCESS), 'server.crt'],
    [certificates.key(PROCESS), 'server.key'],
    [certificates.authority, 'root.crt'],
  ] as const;
  for (const [file, name] of files) {
    copyFileSync(file, join(data, name));
    chownSync(join(data, name), uid, gid);
    chmodSync(join(data, name), 0o600);
  }
  appendFileSync(join(data, 'postgresql.conf'), "ssl = on\nssl_ca_file = 'root.crt'\n");
}

/** The process ID of the PostgreSQL with its data in the folder. */
export function postmaster(folder: string): number {
  return Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}
