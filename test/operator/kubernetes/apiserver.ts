import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { KubernetesApi } from '../../../operator/kubernetes/client/api.ts';

/** A request as the test's apiserver receives it, `GET /api/v1/pods`, with its query and body. */
export interface ReceivedRequest {
  readonly line: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}
/** JSON with its HTTP status, or whatever the test writes itself. */
export type Reply = { readonly status?: number; readonly body: unknown } | ((response: ServerResponse) => void);

/** An apiserver that replies as the test wants, over HTTP without TLS; it ends with the test file. */
export async function apiserver(
  reply: (request: ReceivedRequest) => Reply,
): Promise<{ api: KubernetesApi; requests: ReceivedRequest[] }> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((message, response) => {
    void readBody(message).then((body) => {
      const { pathname, searchParams } = new URL(message.url ?? '', 'http://localhost');
      const request = { line: `${message.method} ${pathname}`, query: searchParams, body };
      requests.push(request);
      const given = reply(request);
      if (typeof given === 'function') given(response);
      else
        response.writeHead(given.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(given.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { api: new KubernetesApi({ server: `http://127.0.0.1:${port}`, apply: () => Promise.resolve() }), requests };
}

async function readBody(message: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of message.setEncoding('utf8')) text += part as string;
  return text === '' ? undefined : JSON.parse(text);
}

/** The Status object of an unsuccessful request. */
export function failure(status: number, reason: string, message: string): Reply {
  return { status, body: { kind: 'Status', status: 'Failure', code: status, reason, message } };
}
