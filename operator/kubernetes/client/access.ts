import { readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { ManifestError } from '../../../crds/contract/errors.ts';

/** The address of the apiserver, and the credentials for it. */
export interface Access {
  readonly server: string;
  /** Sets the credentials; called for each request, since tokens and certificates are rotated while the program runs. */
  apply(options: RequestOptions): Promise<void>;
}

/** The token's directory in a pod: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account if this is a pod and $KUBECONFIG is not set; else $KUBECONFIG or ~/.kube/config. */
export async function accessFromEnvironment(serviceAccountFolder: string): Promise<Access> {
  const { KUBECONFIG = '', KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (KUBECONFIG !== '' || host === '') return await accessByKubeconfig();
  return accessByServiceAccount(`https://${host.includes(':') ? `[${host}]` : host}:${port}`, serviceAccountFolder);
}

/** The kubelet rotates a token after four fifths of its lifetime, which is about an hour. */
const REREAD_MILLISECONDS = 60_000;

/** Without the client library, which would take 90 MB of memory for these lines. */
export function accessByServiceAccount(
  server: string,
  folder: string,
  rereadMilliseconds = REREAD_MILLISECONDS,
): Access {
  const read = () => ({
    readAt: performance.now(),
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    token: readFileSync(join(folder, 'token'), 'utf8'),
  });
  let credentials = read();
  return {
    server,
    apply: (options) => {
      if (performance.now() - credentials.readAt > rereadMilliseconds) credentials = read();
      options.ca = credentials.ca;
      options.headers = { authorization: `Bearer ${credentials.token.trim()}` };
      return Promise.resolve();
    },
  };
}

/** With the client library, which supports every kind of credentials of a kubeconfig. Without a file: $KUBECONFIG or ~/.kube/config. */
export async function accessByKubeconfig(file?: string): Promise<Access> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const configuration = new KubeConfig();
  try {
    if (file === undefined) configuration.loadFromDefault();
    else configuration.loadFromFile(file);
  } catch (error) {
    const { code, message: said } = error as NodeJS.ErrnoException;
    // An error in YAML quotes the lines around it, and with them perhaps a token.
    const reason = code === undefined ? 'it is not a kubeconfig' : said;
    const message = `the kubeconfig cannot be read (${reason}): set KUBECONFIG to another one, or run in a pod`;
    throw new ManifestError('InvalidOption', message);
  }
  const server = configuration.getCurrentCluster()?.server;
  if (server === undefined)
    throw new ManifestError('InvalidOption', 'no Kubernetes cluster is configured: set KUBECONFIG, or run in a pod');
  return { server: server.replace(/\/$/, ''), apply: (options) => configuration.applyToHTTPSOptions(options) };
}
