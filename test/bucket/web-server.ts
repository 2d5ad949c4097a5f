import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';

export interface WebServer {
  readonly origin: string;
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[];
  /** Answers a request in place of the files; false where it does not. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A server of static files with ranges and conditions as RFC 9110 has them. It ends with the test file. */
export async function startWebServer(
  folder: string,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<WebServer> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    server.requests.push({ url: request.url ?? '', headers: request.headers });
    if (!server.intercept(request, response)) sendFile(folder, request, response);
  };
  const listening = tls === undefined ? createHttp(handle) : createHttps(tls, handle);
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const server: WebServer = {
    origin: `http${tls === undefined ? '' : 's'}://localhost:${port}`,
    requests: [],
    intercept: () => false,
  };
  after(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return server;
}

function sendFile(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const path = join(folder, decodeURIComponent(new URL(request.url ?? '', 'http://x').pathname));
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  const etag = `"${found.size}-${found.mtimeMs}"`;
  const headers = { etag, 'last-modified': found.mtime.toUTCString() };
  if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag) {
    response.writeHead(412).end();
    return;
  }
  const [, start = '', end = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (start === '' && end === '') {
    response.writeHead(200, { ...headers, 'content-length': found.size });
    createReadStream(path).pipe(response);
    return;
  }
  const first = start === '' ? Math.max(0, found.size - Number(end)) : Number(start);
  const last = start === '' || end === '' ? found.size - 1 : Math.min(Number(end), found.size - 1);
  if (first > last) {
    response.writeHead(416, { 'content-range': `bytes */${found.size}` }).end();
    return;
  }
  response.writeHead(206, {
    ...headers,
    'content-length': last - first + 1,
    'content-range': `bytes ${first}-${last}/${found.size}`,
  });
  createReadStream(path, { start: first, end: last }).pipe(response);
}
