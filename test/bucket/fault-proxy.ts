import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import aws4 from 'aws4';
import { REGION, type Gateway } from './gateway.ts';

/** What goes wrong with one request, all of it as real servers were seen to do it. */
export type Fault =
  /** Answered by the proxy: SlowDown, ExpiredToken, a redirect. */
  | {
      readonly kind: 'Answer';
      readonly status: number;
      readonly code?: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection is reset behind that many bytes of the body; `act` happens before that. */
  | { readonly kind: 'Reset'; readonly afterBytes: number; readonly act?: () => Promise<void> }
  /** The body ends, as if whole, behind that many bytes. */
  | { readonly kind: 'Short'; readonly bytes: number }
  | { readonly kind: 'Headers'; readonly headers: Record<string, string | undefined> }
  | { readonly kind: 'Delay'; readonly milliseconds: number }
  /** The server does what is asked, and its answer is lost. */
  | { readonly kind: 'Lost' }
  /** The range is ignored: the whole object with status 200. */
  | { readonly kind: 'Whole' }
  /** Something happens before the request goes on. */
  | { readonly kind: 'Before'; readonly act: () => Promise<void> };

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly headers: IncomingMessage['headers'];
  /** Of the requests of the proxy, from 1. */
  readonly number: number;
}

/** A proxy in front of a gateway. It ends with the test file. */
export class FaultProxy {
  readonly requests: SeenRequest[] = [];
  readonly port: number;
  /** Asked for each request. */
  decide: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** The gateway knows no sessions: the proxy takes the place of a server that does, and signs by the gateway's own keys. */
  hasSessions = false;
  /** How fast bodies pass. */
  bytesPerMillisecond = Infinity;
  readonly #gateway: Gateway;

  readonly #server: Server;

  private constructor(gateway: Gateway, server: Server) {
    this.#gateway = gateway;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(gateway: Gateway): Promise<FaultProxy> {
    const server = createServer((incoming, outgoing) => {
      proxy.#handle(incoming, outgoing).catch(() => outgoing.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultProxy(gateway, server);
    after(() => {
      server.closeAllConnections();
      server.close();
    });
    return proxy;
  }

  get endpoint(): string {
    return `http://localhost:${this.port}`;
  }

  /** Ends all connections, as the end of the gateway would: what it has sent may still be on its way here. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  /** Kills the gateway after so many milliseconds, with all that is on its way through here, and starts it again after the pause. */
  async interrupt(milliseconds: number, pause: number): Promise<void> {
    await wait(milliseconds);
    await this.#gateway.kill();
    this.cut();
    await wait(pause);
    await this.#gateway.restart();
  }

  /** Forgets what was seen, and lets everything through. */
  reset(): void {
    this.requests.length = 0;
    this.decide = () => undefined;
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { url: path = '', headers, method = '' } = incoming;
    const seen = { method, path, headers, range: headers.range, number: this.requests.length + 1 };
    this.requests.push(seen);
    const fault = this.decide(seen);
    if (fault?.kind === 'Answer') {
      const { status, code, headers: own } = fault;
      outgoing.writeHead(status, { 'content-type': 'application/xml', ...own });
      outgoing.end(
        code === undefined ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as told</Message></Error>`,
      );
      return;
    }
    if (fault?.kind === 'Delay') await wait(fault.milliseconds);
    if (fault?.kind === 'Before') await fault.act();
    await this.#forward(incoming, outgoing, fault);
  }

  #sign(path: string, headers: IncomingMessage['headers']): void {
    for (const name of ['x-amz-security-token', 'x-amz-date', 'x-amz-content-sha256', 'authorization'])
      Reflect.deleteProperty(headers, name);
    const signed = aws4.sign({ path, service: 's3', region: REGION, headers: { ...headers } }, this.#gateway);
    Object.assign(headers, signed.headers);
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
    // The host is signed, so it stays.
    const headers = { ...incoming.headers };
    if (fault?.kind === 'Whole') delete headers.range;
    if (this.hasSessions) this.#sign(incoming.url ?? '', headers);
    const upstream = request({
      ...{ host: '127.0.0.1', port: this.#gateway.port, method: incoming.method, path: incoming.url, headers },
    });
    outgoing.once('close', () => upstream.destroy());
    incoming.pipe(upstream);
    const [response] = (await once(upstream, 'response')) as [IncomingMessage];
    if (fault?.kind === 'Lost') {
      outgoing.socket?.resetAndDestroy();
      return;
    }
    const answered: Record<string, string | string[] | undefined> = { ...response.headers };
    if (fault?.kind === 'Short') delete answered['content-length'];
    if (fault?.kind === 'Headers') Object.assign(answered, fault.headers);
    outgoing.writeHead(
      response.statusCode ?? 500,
      Object.fromEntries(Object.entries(answered).filter(([, value]) => value !== undefined)),
    );
    const limit = fault?.kind === 'Reset' ? fault.afterBytes : fault?.kind === 'Short' ? fault.bytes : Infinity;
    let sent = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, limit - sent);
      sent += part.length;
      if (part.length > 0 && !outgoing.write(part)) await once(outgoing, 'drain');
      if (this.bytesPerMillisecond < Infinity) await wait(part.length / this.bytesPerMillisecond);
      if (sent < limit) continue;
      if (fault?.kind === 'Reset') {
        await fault.act?.();
        // What was written is to arrive before the reset.
        await wait(20);
        outgoing.socket?.resetAndDestroy();
        return;
      }
      break;
    }
    outgoing.end();
  }
}
