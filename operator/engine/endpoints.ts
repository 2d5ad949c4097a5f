import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from './listen.ts';

export interface Endpoints {
  /** Why the process should be restarted; empty if it is healthy. */
  readonly unhealthy: () => readonly string[];
  /** Why the process is not ready; empty if it is. */
  readonly unready: () => readonly string[];
  /** Undefined: they are served elsewhere (`serveSecureMetrics`). */
  readonly metrics: (() => string) | undefined;
}

/** Serves /healthz, /readyz and /metrics by http. */
export async function serveEndpoints(
  port: number,
  { unhealthy, unready, metrics }: Endpoints,
): Promise<{ port: number; close(): void }> {
  const server: Server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    const respond = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    const respondWithProblems = (problems: readonly string[]) =>
      respond(problems.length === 0 ? 200 : 503, `${problems.join('\n') || 'ok'}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') respond(405, 'only GET and HEAD are supported\n');
    else if (path === '/healthz') respondWithProblems(unhealthy());
    else if (path === '/readyz') respondWithProblems(unready());
    else if (path === '/metrics' && metrics !== undefined)
      respond(200, metrics(), 'text/plain; version=0.0.4; charset=utf-8');
    else respond(404, `not found; the endpoints are /healthz, /readyz${metrics === undefined ? '' : ', /metrics'}\n`);
  });
  await listen(server, port, 'port');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
