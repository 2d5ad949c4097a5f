import { request as requestByHttp, type IncomingMessage } from 'node:http';
import { Agent, request as requestByHttps, type RequestOptions } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { LineSplitter } from '../../engine/lines.ts';
import type { Access } from './access.ts';
import { resourceOf } from './objects.ts';

/** An unsuccessful response of the apiserver, with its HTTP status and the `reason` of its Status object. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
  }
}

/** The apiserver, or the network in between, was silent for too long. */
export class IdleTimeoutError extends Error {
  /** Whether an earlier request had used the connection, which may have died since. */
  readonly isReused: boolean;

  constructor(milliseconds: number, isReused: boolean) {
    super(`the apiserver sent nothing for ${milliseconds / 1000} s`);
    this.name = 'IdleTimeoutError';
    this.isReused = isReused;
  }
}

export function hasStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status);
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiRequest {
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Fails the request if no byte arrives for this long. */
  readonly idleMilliseconds?: number;
  readonly signal?: AbortSignal;
  /** Called once a successful response has begun. */
  readonly onOpen?: () => void;
  /** For a response in lines: longer lines are dropped. */
  readonly maxLineBytes?: number;
}

/** A response of the apiserver; the resource as in `pods/log`. */
export interface ResponseInfo {
  readonly method: Method;
  readonly code: number;
  readonly resource: string;
}

const IDLE_MILLISECONDS = 20_000;
/** Few sockets are kept, and not for long: each that died in silence since (a firewall, a fail-over) would cost a request its time. */
const POOL = { keepAlive: true, keepAliveMsecs: 15_000, maxFreeSockets: 8, timeout: 10_000 };
/** How often a request is sent if the apiserver asks to retry it, and the longest time that it may ask to wait. */
const MAX_ATTEMPTS = 6;
const MAX_WAIT_SECONDS = 30;

/**
 * The apiserver over HTTP. The client library's generated methods and its `Watch` are not used: they have no timeouts, its `Watch` swallows
 * lines and errors, and both hide which requests are sent.
 */
export class KubernetesApi {
  readonly #access: Access;
  readonly #onResponse: (response: ResponseInfo) => void;
  readonly #onSilence: () => void;
  readonly #agent = new Agent({ ...POOL, maxSockets: 32 });
  /** Logs and watches keep their connections, so they must not use up those of other requests. */
  readonly #logAgent = new Agent(POOL);
  /** A watch ends when it was silent, so the next one never takes a connection that may be dead. */
  readonly #watchAgent = new Agent({ keepAlive: false });

  /** `onSilence` is called for each request that got no response in time. */
  constructor(
    access: Access,
    onResponse: (response: ResponseInfo) => void = () => undefined,
    onSilence: () => void = () => undefined,
  ) {
    this.#access = access;
    this.#onResponse = onResponse;
    this.#onSilence = onSilence;
  }

  /** The JSON of the response. */
  async request<T>(method: Method, path: string, request: ApiRequest = {}): Promise<T> {
    const response = await this.#send(method, path, request, this.#agent);
    return JSON.parse(await readText(response)) as T;
  }

  /** The lines of the response as they arrive. Throws if nothing arrives for too long. */
  async *lines(path: string, request: ApiRequest): AsyncGenerator<string> {
    const agent = request.query?.['watch'] === true ? this.#watchAgent : this.#logAgent;
    const response = await this.#send('GET', path, request, agent);
    request.onOpen?.();
    const lines = new LineSplitter({ maxBytes: request.maxLineBytes ?? Infinity, longLines: 'Drop' });
    try {
      for await (const chunk of response) yield* lines.push(chunk as Buffer);
      yield* lines.end();
    } finally {
      response.destroy();
    }
  }

  /** Retries when the apiserver asks for it: too many requests, or an apiserver that is starting or stopping. */
  async #send(method: Method, path: string, request: ApiRequest, agent: Agent): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#exchange(method, path, request, agent);
      const status = response.statusCode ?? 0;
      this.#onResponse({ method, code: status, resource: resourceOf(path) });
      if (status >= 200 && status < 300) return response;
      const error = toApiError(status, await readText(response));
      const seconds = secondsUntilRetry(response);
      if (seconds === undefined || attempt === MAX_ATTEMPTS) throw error;
      await wait(
        (seconds + Math.random()) * 1000,
        undefined,
        request.signal === undefined ? {} : { signal: request.signal },
      );
    }
  }

  async #exchange(method: Method, path: string, request: ApiRequest, agent: Agent): Promise<IncomingMessage> {
    const address = new URL(this.#access.server + path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    const options: RequestOptions = { method, agent };
    await this.#access.apply(options);
    const send = () => exchange(address, { ...options, agent: agentFor(address, options, agent) }, request);
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof IdleTimeoutError)) throw error;
      this.#onSilence();
      // The connection may have died, and then so have the others that are idle. Every request of the operator may be repeated.
      dropIdleSockets(this.#agent, this.#logAgent);
      if (!error.isReused) throw error;
    }
    return await send();
  }
}

function dropIdleSockets(...agents: readonly Agent[]): void {
  for (const { freeSockets } of agents) for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}

/** Undefined if the apiserver does not ask for a retry; https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsUntilRetry({ statusCode = 0, headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after']);
  const isTransient = statusCode === 429 || statusCode >= 500;
  return isTransient && Number.isFinite(seconds) ? Math.min(seconds, MAX_WAIT_SECONDS) : undefined;
}

/** The client library's agent if it connects through a proxy, else ours, which reuses connections. */
function agentFor(address: URL, options: RequestOptions, agent: Agent): RequestOptions['agent'] {
  const isProxy = options.agent !== undefined && options.agent !== false && options.agent.constructor.name !== 'Agent';
  if (isProxy) return options.agent;
  return address.protocol === 'https:' ? agent : undefined;
}

function exchange(address: URL, options: RequestOptions, apiRequest: ApiRequest): Promise<IncomingMessage> {
  const body = apiRequest.body === undefined ? undefined : JSON.stringify(apiRequest.body);
  const headers = {
    accept: 'application/json',
    ...(options.headers as Readonly<Record<string, string>> | undefined),
    ...(body === undefined
      ? {}
      : {
          'content-type': apiRequest.contentType ?? 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
  };
  const send = address.protocol === 'https:' ? requestByHttps : requestByHttp;
  return new Promise((resolve, reject) => {
    const { signal, idleMilliseconds = IDLE_MILLISECONDS } = apiRequest;
    let response: IncomingMessage | undefined;
    const request = send(address, { ...options, headers, ...(signal === undefined ? {} : { signal }) }, (started) =>
      resolve((response = started)),
    );
    // Destroying the request during the response would only end the response with `aborted`, without this error.
    request.setTimeout(idleMilliseconds, () =>
      (response ?? request).destroy(new IdleTimeoutError(idleMilliseconds, request.reusedSocket)),
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function toApiError(status: number, text: string): ApiError {
  try {
    const { reason = '', message = text } = JSON.parse(text) as { reason?: string; message?: string };
    return new ApiError(status, reason, message);
  } catch {
    return new ApiError(status, '', text.slice(0, 500));
  }
}
