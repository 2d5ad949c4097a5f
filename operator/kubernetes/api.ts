import { request as requestByHttp, type IncomingMessage } from 'node:http';
import { Agent, request as requestByHttps, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { KubeConfig } from '@kubernetes/client-node';

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
}

const IDLE_MILLISECONDS = 20_000;

/**
 * The apiserver by HTTP; where it is and who we are is the client library's business. Its generated methods and its `Watch` are not used: they
 * know no time limit, its `Watch` swallows lines and errors, and both hide which requests there were.
 */
export class KubernetesApi {
  readonly #configuration: KubeConfig;
  readonly #onAnswer: (method: Method, status: number) => void;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32, keepAliveMsecs: 15_000 });
  /** Watches hold their connections, so they must not take those of the others. */
  readonly #watchAgent = new Agent({ keepAlive: true, keepAliveMsecs: 15_000 });

  constructor(configuration: KubeConfig, onAnswer: (method: Method, status: number) => void = () => undefined) {
    this.#configuration = configuration;
    this.#onAnswer = onAnswer;
  }

  /** $KUBECONFIG or ~/.kube/config where there is one, else the pod's service account. */
  static fromEnvironment(onAnswer?: (method: Method, status: number) => void): KubernetesApi {
    const configuration = new KubeConfig();
    if (process.env['KUBECONFIG'] === undefined && process.env['KUBERNETES_SERVICE_HOST'] !== undefined) configuration.loadFromCluster();
    else configuration.loadFromDefault();
    return new KubernetesApi(configuration, onAnswer);
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
    const lines = createInterface({ input: answer, crlfDelay: Infinity });
    let failure: Error | undefined;
    answer.once('error', (error) => {
      failure = error;
      lines.close();
    });
    try {
      yield* lines;
    } finally {
      answer.destroy();
    }
    if (failure !== undefined) throw failure;
  }

  async #send(method: Method, path: string, request: ApiRequest, agent: Agent): Promise<IncomingMessage> {
    const server = this.#configuration.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('no Kubernetes cluster is configured: set KUBECONFIG or run in a pod');
    const address = new URL(server.replace(/\/$/, '') + path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    const options: RequestOptions = { method, agent };
    await this.#configuration.applyToHTTPSOptions(options);
    const answer = await exchange(address, { ...options, agent: agentFor(address, options, agent) }, request);
    const status = answer.statusCode ?? 0;
    this.#onAnswer(method, status);
    if (status >= 200 && status < 300) return answer;
    throw toApiError(status, await readText(answer));
  }
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
      : { 'content-type': request.contentType ?? 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
  const send = address.protocol === 'https:' ? requestByHttps : requestByHttp;
  return new Promise((resolve, reject) => {
    const { signal, idleMilliseconds = IDLE_MILLISECONDS } = request;
    const question = send(address, { ...options, headers, ...(signal === undefined ? {} : { signal }) }, resolve);
    question.setTimeout(idleMilliseconds, () => question.destroy(new SilenceError(idleMilliseconds)));
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
