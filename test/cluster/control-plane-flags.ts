import { join } from 'node:path';
import type { Certificates } from './certificates.ts';

export interface Files {
  readonly folder: string;
  readonly certificates: Certificates;
}

/** Without fsync a write takes a tenth of the time; a test bed's data may be lost if the machine crashes. */
export function etcdFlags({ folder, certificates }: Files, ports: { etcd: number; etcdPeers: number }): string[] {
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=https://127.0.0.1:${ports.etcd}`,
    `--advertise-client-urls=https://127.0.0.1:${ports.etcd}`,
    `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeers}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${ports.etcdPeers}`,
    `--initial-cluster=default=http://127.0.0.1:${ports.etcdPeers}`,
    '--client-cert-auth',
    `--trusted-ca-file=${certificates.authority}`,
    `--cert-file=${certificates.certificate('etcd')}`,
    `--key-file=${certificates.key('etcd')}`,
  ];
}

export function apiserverFlags(
  files: Files,
  ports: { etcd: number; apiserver: number },
  address: string,
  serviceRange: string,
): string[] {
  const { certificates } = files;
  const own = [
    `--tls-cert-file=${certificates.certificate('apiserver')}`,
    `--tls-private-key-file=${certificates.key('apiserver')}`,
  ];
  return [
    ...own,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${ports.apiserver}`,
    // The endpoint of the Service `kubernetes` must not be a loopback address, and without nodes nobody uses it.
    ...(address.startsWith('127.') ? ['--endpoint-reconciler-type=none'] : []),
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${certificates.authority}`,
    `--etcd-certfile=${certificates.certificate('apiserver')}`,
    `--etcd-keyfile=${certificates.key('apiserver')}`,
    `--client-ca-file=${certificates.authority}`,
    `--kubelet-client-certificate=${certificates.certificate('admin')}`,
    `--kubelet-client-key=${certificates.key('admin')}`,
    `--kubelet-certificate-authority=${certificates.authority}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(certificates.folder, 'service-accounts.pub')}`,
    `--service-account-signing-key-file=${certificates.key('service-accounts')}`,
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged',
    '--profiling=false',
  ];
}
