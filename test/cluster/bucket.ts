import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buildProgram } from './binaries.ts';
import { eventually } from './commands.ts';
import type { Cluster } from './cluster.ts';
import { BRIDGE_ADDRESS } from './network.ts';
import { offerOutsideService } from './outside-service.ts';

export const BUCKET = 'company-dumps';
const PROCESS = 'versitygw';
const NAMESPACE = 'buckets';
const HOST = `${PROCESS}.${NAMESPACE}.svc`;
const PORT = 7070;

/** The source of a DumpIngestion that reads the example dumps from the bucket of the test bed, by the Secrets of `offerBucket`. */
export const BUCKET_SOURCE = {
  volume: undefined,
  s3: {
    bucket: BUCKET,
    prefix: 'exports',
    endpoint: `https://${HOST}:${PORT}`,
    credentialsSecretRef: { name: 'bucket-keys' },
    caSecretRef: { name: 'bucket-authority' },
  },
};

/** Starts a versitygw beside the cluster, at `https://versitygw.buckets.svc:7070` for pods, with the example dumps. If it runs it is left unchanged. */
export async function startBucket(cluster: Cluster): Promise<void> {
  const { folder, certificates, processes } = cluster;
  const keys = join(folder, 'versitygw.keys');
  const buckets = join(folder, 'buckets');
  const program = await buildProgram(PROCESS);
  mkdirSync(buckets, { recursive: true });
  cpSync(join(import.meta.dirname, '..', '..', 'examples', 'dumps'), join(buckets, BUCKET, 'exports'), {
    recursive: true,
  });
  if (!existsSync(keys)) {
    const [access, secret] = [randomBytes(8).toString('hex'), randomBytes(16).toString('hex')];
    writeFileSync(keys, `ROOT_ACCESS_KEY_ID=${access}\nROOT_SECRET_ACCESS_KEY=${secret}\n`, { mode: 0o600 });
  }
  await certificates.make(PROCESS, { name: PROCESS, addresses: [HOST] });
  const tls = ['--cert', certificates.certificate(PROCESS), '--key', certificates.key(PROCESS)];
  const command = [program, '--port', `${BRIDGE_ADDRESS}:${PORT}`, '--quiet', ...tls, 'posix', buckets];
  // The keys are in no argument, which everybody on this machine can read.
  processes.start(PROCESS, ['/bin/sh', '-c', 'set -a; . "$0"; exec "$@"', keys, ...command]);
  await eventually('the bucket', 120, async () => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(PORT, BRIDGE_ADDRESS, () => resolve(void socket.destroy())).once('error', reject);
    });
  });
  await offerOutsideService(cluster, NAMESPACE, PROCESS, PORT);
}

/** The Secrets of `BUCKET_SOURCE`. */
export async function offerBucket(cluster: Cluster, namespace: string): Promise<void> {
  const [, access = '', secret = ''] =
    /=(.*)\n.*=(.*)\n/.exec(readFileSync(join(cluster.folder, 'versitygw.keys'), 'utf8')) ?? [];
  const secrets = {
    'bucket-keys': { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret },
    'bucket-authority': { 'ca.crt': readFileSync(cluster.certificates.authority, 'utf8') },
  };
  const items = Object.entries(secrets).map(([name, stringData]) => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData },
  }));
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}
