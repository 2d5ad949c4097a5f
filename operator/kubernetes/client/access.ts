import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';

/** Where the apiserver is, and who we are. */
export interface Access {
  readonly server: string;
  /** Sets what proves who we are; asked for each request, since tokens and certificates are replaced while the program runs. */
  apply(options: RequestOptions): Promise<void>;
}

/** Where a pod finds its token: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The pod's service account where this is a pod, else by $KUBECONFIG or ~/.kube/config. */
export async function accessFromEnvironment(serviceAccountFolder: string): Promise<Access> {
  const { KUBECONFIG = '', KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (KUBECONFIG !== '' || host === '') return await accessByKubeconfig();
  return accessByServiceAccount(`https://${host.includes(':') ? `[${host}]` : host}:${port}`, serviceAccountFolder);
}

/** The kubelet replaces a token when four fifths of its time, an hour or so, are over. */
const REREAD_MILLISECONDS = 60_000;

/** The client library would take 90 MB of memory for these lines. */
export function accessByServiceAccount(
  server: string,
  folder: string,
  rereadMilliseconds = REREAD_MILLISECONDS,
): Access {
  const read = () => ({
    at: Date.now(),
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    token: readFileSync(join(folder, 'token'), 'utf8'),
  });
  let known = read();
  return {
    server,
    apply: (options) => {
      if (Date.now() - known.at > rereadMilliseconds) known = read();
      options.ca = known.ca;
      options.headers = { authorization: `Bearer ${known.token.trim()}` };
      return Promise.resolve();
    },
  };
}

/** Outside a cluster the client library knows all the ways in which a kubeconfig may say who one is. Without a file: $KUBECONFIG or ~/.kube/config. */
export async function accessByKubeconfig(file?: string): Promise<Access> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const configuration = new KubeConfig();
  if (file === undefined) configuration.loadFromDefault();
  else configuration.loadFromFile(file);
  const server = configuration.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('no Kubernetes cluster is configured: set KUBECONFIG or run in a pod');
  return { server: server.replace(/\/$/, ''), apply: (options) => configuration.applyToHTTPSOptions(options) };
}
