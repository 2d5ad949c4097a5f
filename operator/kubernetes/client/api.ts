import { request as requestByHttp, type IncomingMessage } from 'node:http';
import { Agent, request as requestByHttps, type RequestOptions } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { Access } from './access.ts';
import { linesOf } from './response-lines.ts';
import { resourceOf } from './objects.ts';

/** An answer of the apiserver that is no success, by its HTTP status and the `reason` of its Status object. */
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

/** The apiserver, or the way to it, has said nothing for too long. */
export class SilenceError extends Error {
  constructor(milliseconds: number) {
    super(`the apiserver has said nothing for ${milliseconds / 1000} s`);
    this.name = 'SilenceError';
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
  /** Ends the request where no byte has come for so long. */
  readonly idleMilliseconds?: number;
  readonly signal?: AbortSignal;
  /** Hears that the answer has begun, and well. */
  readonly onOpen?: () => void;
  /** Of an answer in lines: one with more bytes is left out. */
  readonly longestLine?: number;
}

/** One answer of the apiserver; the resource as in `pods/log`. */
export interface Answered {
  readonly method: Method;
  readonly code: number;
  readonly resource: string;
}

const IDLE_MILLISECONDS = 20_000;
/** How often a request is sent that the apiserver asks to send again later, and the longest that is waited for it. */
const ATTEMPTS = 6;
const LONGEST_WAIT_SECONDS = 30;

/**
 * The apiserver by HTTP. The client library's generated methods and its `Watch` are not used: they know no time limit, its `Watch` swallows
 * lines and errors, and both hide which requests there were.
 */
export class KubernetesApi {
  readonly #access: Access;
  readonly #onAnswer: (answered: Answered) => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32, keepAliveMsecs: 15_000 });
  /** Watches hold their connections, so they must not take those of the others. */
  readonly #watchAgent = new Agent({ keepAlive: true, keepAliveMsecs: 15_000 });

  constructor(access: Access, onAnswer: (answered: Answered) => void = () => undefined) {
    this.#access = access;
    this.#onAnswer = onAnswer;
  }

  /** The answer's JSON. */
  async request<T>(method: Method, path: string, request: ApiRequest = {}): Promise<T> {
    const answer = await this.#send(method, path, request, this.#agent);
    return JSON.parse(await readText(answer)) as T;
  }

  /** The answer's lines as they come. Ends with an error where nothing comes for too long. */
  async *lines(path: string, request: ApiRequest): AsyncGenerator<string> {
    const answer = await this.#send('GET', path, request, this.#watchAgent);
    request.onOpen?.();
    try {
      yield* linesOf(answer, request.longestLine ?? Infinity);
    } finally {
      answer.destroy();
    }
  }

  /** Too many requests, or an apiserver that starts or stops: where it says when to come again, that is done. */
  async #send(method: Method, path: string, request: ApiRequest, agent: Agent): Promise<IncomingMessage> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#exchange(method, path, request, agent);
      const status = answer.statusCode ?? 0;
      this.#onAnswer({ method, code: status, resource: resourceOf(path) });
      if (status >= 200 && status < 300) return answer;
      const error = toApiError(status, await readText(answer));
      const seconds = secondsUntilRetry(answer);
      if (seconds === undefined || attempt === ATTEMPTS) throw error;
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
    return await exchange(address, { ...options, agent: agentFor(address, options, agent) }, request);
  }
}

/** Undefined where the apiserver does not ask to come again; https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsUntilRetry({ statusCode = 0, headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after']);
  const isTransient = statusCode === 429 || statusCode >= 500;
  return isTransient && Number.isFinite(seconds) ? Math.min(seconds, LONGEST_WAIT_SECONDS) : undefined;
}

/** Through a proxy by the library's own agent, else by ours, which keeps connections. */
function agentFor(address: URL, options: RequestOptions, agent: Agent): RequestOptions['agent'] {
  const isProxy = options.agent !== undefined && options.agent !== false && options.agent.constructor.name !== 'Agent';
  if (isProxy) return options.agent;
  return address.protocol === 'https:' ? agent : undefined;
}

function exchange(address: URL, options: RequestOptions, request: ApiRequest): Promise<IncomingMessage> {
  const body = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = {
    accept: 'application/json',
    ...(options.headers as Readonly<Record<string, string>> | undefined),
    ...(body === undefined
      ? {}
      : {
          'content-type': request.contentType ?? 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
  };
  const send = address.protocol === 'https:' ? requestByHttps : requestByHttp;
  return new Promise((resolve, reject) => {
    const { signal, idleMilliseconds = IDLE_MILLISECONDS } = request;
    let answer: IncomingMessage | undefined;
    const question = send(address, { ...options, headers, ...(signal === undefined ? {} : { signal }) }, (begun) =>
      resolve((answer = begun)),
    );
    // A question that is destroyed while its answer comes has the answer end with no more than `aborted`.
    question.setTimeout(idleMilliseconds, () => (answer ?? question).destroy(new SilenceError(idleMilliseconds)));
    question.on('error', reject);
    question.end(body);
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
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
