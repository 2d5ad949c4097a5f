import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Endpoints {
  /** What is wrong; empty where all is well. */
  readonly unhealthy: () => readonly string[];
  readonly unready: () => readonly string[];
  readonly metrics: () => string;
}

/** Serves /healthz, /readyz and /metrics. */
export async function serveEndpoints(
  port: number,
  { unhealthy, unready, metrics }: Endpoints,
): Promise<{ port: number; close(): void }> {
  const server: Server = createServer((question, answer) => {
    const [path] = (question.url ?? '').split('?');
    const say = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
      answer.writeHead(status, { 'content-type': type }).end(text);
    };
    const tell = (problems: readonly string[]) =>
      say(problems.length === 0 ? 200 : 503, `${problems.join('\n') || 'ok'}\n`);
    if (question.method !== 'GET' && question.method !== 'HEAD') say(405, 'only GET\n');
    else if (path === '/healthz') tell(unhealthy());
    else if (path === '/readyz') tell(unready());
    else if (path === '/metrics') say(200, metrics(), 'text/plain; version=0.0.4; charset=utf-8');
    else say(404, 'there are /healthz, /readyz and /metrics\n');
  });
  server.listen(port);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
