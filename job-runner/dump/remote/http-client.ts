import { Agent as HttpAgent, request as requestHttp, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { toNetworkError } from './network-error.ts';
import { MAX_SILENCE_MILLISECONDS, ResponseBody } from './response-body.ts';
import { AttemptFailed } from './retry.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** With scheme, host and port alone: `path` is sent as it is, so that no `..` in it is resolved. */
  readonly origin: URL;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: ResponseBody;
}

export interface HttpOptions {
  /** PEM of an authority that is trusted beside the public ones. */
  readonly authority?: string | undefined;
  readonly lookup?: LookupFunction | undefined;
}

/** Keeps its connections, which cost a round trip and with TLS some more. */
export class HttpClient {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  readonly #lookup: LookupFunction | undefined;

  constructor({ authority, lookup }: HttpOptions = {}) {
    const options = { keepAlive: true, maxFreeSockets: 16 };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent({
      ...options,
      ...(authority === undefined ? {} : { ca: [...rootCertificates, authority] }),
    });
    this.#lookup = lookup;
  }

  /** The response as soon as its headers are there, whatever its status. Throws AttemptFailed, or a ManifestError about the connection. */
  async send({ method = 'GET', origin, path, headers, body }: HttpRequest): Promise<HttpResponse> {
    const isTls = origin.protocol === 'https:';
    const server = origin.host;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isTls ? requestHttps : requestHttp)({
        agent: isTls ? this.#https : this.#http,
        method,
        // Without the brackets of an IPv6 address.
        hostname: origin.hostname.replace(/^\[|\]$/g, ''),
        ...(origin.port === '' ? {} : { port: origin.port }),
        path,
        headers: { Host: server, 'Accept-Encoding': 'identity', 'User-Agent': 'motherload', ...headers },
        ...(this.#lookup === undefined ? {} : { lookup: this.#lookup }),
      });
      const timer = setTimeout(() => {
        const seconds = MAX_SILENCE_MILLISECONDS / 1000;
        request.destroy(new AttemptFailed('SourceUnreachable', `${server} did not answer within ${seconds} s`));
      }, MAX_SILENCE_MILLISECONDS);
      request.once('response', resolve);
      request.on('error', (error) => reject(error instanceof AttemptFailed ? error : toNetworkError(error, server)));
      request.once('response', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
      request.end(body);
    });
    const header = (name: string): string | undefined => {
      const value = response.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    };
    return { status: response.statusCode ?? 0, header, body: new ResponseBody(response, server) };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** A whole body as text; undefined if it has more than that many bytes. */
export async function readText(body: ResponseBody, maxBytes: number): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(64 * 1024);
    const read = await body.read(part);
    if (read === 0) return Buffer.concat(parts).toString();
    bytes += read;
    if (bytes > maxBytes) {
      body.close();
      return undefined;
    }
    parts.push(part.subarray(0, read));
  }
}
