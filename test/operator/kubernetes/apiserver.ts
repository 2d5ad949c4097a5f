import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { KubernetesApi } from '../../../operator/kubernetes/client/api.ts';

/** A question as the test's apiserver hears it, `GET /api/v1/pods`, with its query and body. */
export interface Question {
  readonly line: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}
/** JSON with its HTTP status, or whatever the test writes by itself. */
export type Reply = { readonly status?: number; readonly body: unknown } | ((answer: ServerResponse) => void);

/** An apiserver that says what the test wants, by HTTP without TLS; it ends with the test file. */
export async function apiserver(
  reply: (question: Question) => Reply,
): Promise<{ api: KubernetesApi; questions: Question[] }> {
  const questions: Question[] = [];
  const server = createServer((message, answer) => {
    void readBody(message).then((body) => {
      const { pathname, searchParams } = new URL(message.url ?? '', 'http://localhost');
      const question = { line: `${message.method} ${pathname}`, query: searchParams, body };
      questions.push(question);
      const said = reply(question);
      if (typeof said === 'function') said(answer);
      else answer.writeHead(said.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(said.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { api: new KubernetesApi({ server: `http://127.0.0.1:${port}`, apply: () => Promise.resolve() }), questions };
}

async function readBody(message: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const part of message.setEncoding('utf8')) text += part as string;
  return text === '' ? undefined : JSON.parse(text);
}

/** A Status object, as the apiserver says no. */
export function refusal(status: number, reason: string, message: string): Reply {
  return { status, body: { kind: 'Status', status: 'Failure', code: status, reason, message } };
}
