import aws4 from 'aws4';
import { readText, type HttpClient, type HttpResponse } from '../http-client.ts';
import { AttemptFailed, retryAfterOf, retrying } from '../retry.ts';
import type { CredentialStore } from './credential-store.ts';
import type { Credentials } from './credentials.ts';
import { locateBucket, type BucketAddress, type BucketLocation } from './endpoint.ts';
import { isAboutCredentials, readRefusal, regionOf, toS3Error, type S3Operation } from './s3-error.ts';

export interface BucketRequest extends Omit<S3Operation, 'bucket'> {
  /** GET by default. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Behind the bucket's own: an encoded key, or a query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** 1,000 keys of 1,024 bytes, each escaped. */
const MAX_LISTING_BYTES = 8 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;
const SUCCESS: ReadonlySet<number> = new Set([200, 204, 206]);

/** Signed requests to one bucket. */
export class BucketClient {
  readonly #address: BucketAddress;
  readonly #location: BucketLocation;
  readonly #credentials: CredentialStore;
  readonly #http: HttpClient;

  constructor(address: BucketAddress, credentials: CredentialStore, http: HttpClient) {
    this.#address = address;
    this.#location = locateBucket(address);
    this.#credentials = credentials;
    this.#http = http;
  }

  /** The text of a page of a listing; repeated until it is there. */
  async list(query: string, file: string): Promise<string> {
    return await retrying(
      async () => {
        const { body } = await this.send({ path: `?${query}`, file, isListing: true });
        const text = await readText(body, MAX_LISTING_BYTES);
        if (text === undefined) throw new AttemptFailed('SourceBusy', 'the listing is larger than any of S3');
        return text;
      },
      { file },
    );
  }

  /** One attempt. Credentials that are refused are renewed at once, since a token may expire at any time. */
  async send(request: BucketRequest): Promise<HttpResponse> {
    const credentials = await this.#credentials.get();
    const refusal = await this.#send(request, credentials);
    if (!('refused' in refusal)) return refusal;
    if (!isAboutCredentials(refusal.refused) || !(await this.#credentials.renew(credentials)))
      throw toS3Error(refusal.refused, { ...request, bucket: this.#address.bucket });
    const second = await this.#send(request, await this.#credentials.get());
    if (!('refused' in second)) return second;
    throw toS3Error(second.refused, { ...request, bucket: this.#address.bucket });
  }

  async #send(request: BucketRequest, credentials: Credentials) {
    const { origin, path } = this.#location;
    const { method = 'GET', body } = request;
    const signed = aws4.sign(
      {
        host: origin.host,
        path: path + request.path,
        method,
        service: 's3',
        region: this.#address.region,
        headers: { Host: origin.host, ...request.headers },
        ...(body === undefined ? {} : { body }),
      },
      credentials as aws4.Credentials,
    );
    const headers = signed.headers ?? {};
    const response = await this.#http.send({ origin, method, path: signed.path ?? '', headers, body });
    if (SUCCESS.has(response.status)) return response;
    const text = (await readText(response.body, MAX_REFUSAL_BYTES).catch(() => undefined)) ?? '';
    const region = response.header('x-amz-bucket-region') ?? regionOf(text);
    const retryAfterMilliseconds = retryAfterOf(response.header('retry-after'), Date.now());
    return { refused: { ...readRefusal(response.status, text), region, retryAfterMilliseconds } };
  }
}
