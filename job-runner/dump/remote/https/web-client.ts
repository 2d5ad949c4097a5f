import { DataError, ManifestError, type MotherloadError } from '../../../../crds/contract/errors.ts';
import type { HttpClient, HttpResponse } from '../http-client.ts';
import { objectChanged } from '../object-identity.ts';
import { AttemptFailed, retryAfterOf } from '../retry.ts';
import { readWebAddress, withoutQuery } from './web-address.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** GET requests that follow redirects. */
export class WebClient {
  readonly #http: HttpClient;
  /** For the origins that the manifest names, and no other. */
  readonly #secretHeaders: Readonly<Record<string, string>>;
  readonly #trusted: ReadonlySet<string>;

  constructor(http: HttpClient, secretHeaders: Readonly<Record<string, string>>, trusted: readonly URL[]) {
    this.#http = http;
    this.#secretHeaders = secretHeaders;
    this.#trusted = new Set(trusted.map(({ origin }) => origin));
  }

  /** One attempt. The response has the status 200, 206, or 416 where that is asked for; `file` is how messages call it. */
  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    file: string,
    accept416 = false,
  ): Promise<HttpResponse> {
    let current = url;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await this.#http.send({
        origin: current,
        path: `${current.pathname}${current.search}`,
        headers: { ...(this.#trusted.has(current.origin) ? this.#secretHeaders : {}), ...headers },
      });
      const { status, header } = response;
      if (status === 200 || status === 206 || (status === 416 && accept416)) return refuseEncoded(response, file);
      response.body.close();
      if (!REDIRECTS.has(status)) throw toWebError(status, header('retry-after'), file, current);
      const target = header('location');
      if (target === undefined) break;
      current = readWebAddress(target, current);
    }
    const message = `${withoutQuery(url)} redirects more than ${MAX_REDIRECTS} times, or to nowhere: name the URL that it leads to`;
    throw new ManifestError('SourceUrl', message, { file });
  }
}

/** Ranges of packed bytes are no ranges of the dump. */
function refuseEncoded(response: HttpResponse, file: string): HttpResponse {
  const encoding = response.header('content-encoding');
  if (encoding === undefined || encoding === '' || encoding === 'identity') return response;
  response.body.close();
  const message = `the server packs it on the way (Content-Encoding ${encoding.slice(0, 32)}): have it serve ZIPs as they are`;
  throw new ManifestError('SourceRanges', message, { file });
}

function toWebError(
  status: number,
  retryAfter: string | undefined,
  file: string,
  url: URL,
): MotherloadError | AttemptFailed {
  const location = { file };
  const server = url.host;
  if (status === 408 || status === 429 || (status >= 500 && status !== 501))
    return new AttemptFailed('SourceBusy', `${server} answers status ${status}`, {
      retryAfterMilliseconds: retryAfterOf(retryAfter, Date.now()),
    });
  if (status === 412) return objectChanged(file, 'its ETag');
  if (status === 416) return objectChanged(file, 'its size');
  if (status === 404 || status === 410)
    return new DataError(
      'DumpMissing',
      `${server} has nothing there (status ${status}): put it back, or run without it`,
      location,
    );
  if (status === 401 || status === 403) {
    const message = `${server} denies access (status ${status}): renew the URL if it is signed, or the header in the Secret of spec.source.https.headersSecretRef`;
    return new ManifestError('SourceAccessDenied', message, location);
  }
  return new ManifestError(
    'SourceRefused',
    `${server} refuses the request (status ${status}): check spec.source.https`,
    location,
  );
}
