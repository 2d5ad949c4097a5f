import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { listen } from './listen.ts';

/** What the cluster says of whoever sends a token: who it is, and whether it may read the metrics. */
export type Permission = 'Allowed' | 'Forbidden' | 'Unauthenticated';

export interface SecureMetricsOptions {
  /** 0: any free port. */
  readonly port: number;
  /** With `tls.crt` and `tls.key`, as the kubelet mounts a Secret with a certificate. */
  readonly certificateFolder: string;
  readonly metrics: () => string;
  /** Undefined: everybody may read them. */
  readonly authorize: ((token: string) => Promise<Permission>) | undefined;
  /** For a certificate that cannot be used, and a token that cannot be checked. */
  readonly onError: (error: unknown) => void;
  readonly rereadMilliseconds?: number;
}

/** The kubelet updates mounted Secrets within two minutes; certificates are renewed days before they expire. */
const REREAD_MILLISECONDS = 60_000;

/** Serves /metrics by https, and nothing else. A renewed certificate is used without a restart. */
export async function serveSecureMetrics(options: SecureMetricsOptions): Promise<{ port: number; close(): void }> {
  const { certificateFolder, onError, rereadMilliseconds = REREAD_MILLISECONDS } = options;
  let certificate = readCertificate(certificateFolder);
  const server: Server = createServer({ ...certificate, minVersion: 'TLSv1.2' }, (request, response) => {
    void respond(request, options).then(([status, text, headers = {}]) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text);
    });
  });
  const rereading = setInterval(() => {
    try {
      const latest = readCertificate(certificateFolder);
      if (latest.cert === certificate.cert && latest.key === certificate.key) return;
      server.setSecureContext({ ...latest, minVersion: 'TLSv1.2' });
      certificate = latest;
    } catch (error) {
      onError(error);
    }
  }, rereadMilliseconds).unref();
  await listen(server, options.port, 'metrics-port');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      clearInterval(rereading);
      server.close();
      server.closeAllConnections();
    },
  };
}

function readCertificate(folder: string): { readonly cert: string; readonly key: string } {
  return {
    cert: readFileSync(join(folder, 'tls.crt'), 'utf8'),
    key: readFileSync(join(folder, 'tls.key'), 'utf8'),
  };
}

type Answer = readonly [status: number, text: string, headers?: Readonly<Record<string, string>>];

async function respond(
  request: IncomingMessage,
  { metrics, authorize, onError }: SecureMetricsOptions,
): Promise<Answer> {
  const [path] = (request.url ?? '').split('?');
  if (request.method !== 'GET' && request.method !== 'HEAD') return [405, 'only GET and HEAD are supported\n'];
  if (path !== '/metrics') return [404, 'not found; the endpoint is /metrics\n'];
  if (authorize !== undefined) {
    const refusal = await refusalFor(request.headers.authorization, authorize, onError);
    if (refusal !== undefined) return refusal;
  }
  return [200, metrics(), { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }];
}

/** RFC 6750: https://www.rfc-editor.org/rfc/rfc6750#section-3 */
async function refusalFor(
  header: string | undefined,
  authorize: (token: string) => Promise<Permission>,
  onError: (error: unknown) => void,
): Promise<Answer | undefined> {
  const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(header ?? '') ?? [];
  const challenge = { 'www-authenticate': 'Bearer' };
  if (token === undefined) return [401, 'a token of the cluster is required: Authorization: Bearer ...\n', challenge];
  try {
    const permission = await authorize(token);
    if (permission === 'Unauthenticated') return [401, 'the cluster does not know this token\n', challenge];
    if (permission === 'Forbidden') return [403, 'this account may not `get` the URL /metrics\n'];
    return undefined;
  } catch (error) {
    onError(error);
    return [503, 'the token cannot be checked now, since the apiserver does not respond as it should\n'];
  }
}
