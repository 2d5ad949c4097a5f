import { ManifestError } from '../../../../crds/contract/errors.ts';
import { readText, type HttpClient, type HttpResponse } from '../http-client.ts';
import { AttemptFailed, retryAfterOf, retrying } from '../retry.ts';
import type { Credentials } from './credentials.ts';
import { readToken } from './token-file.ts';

export interface PodIdentity {
  /** Where the agent of the pod's node answers: AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly uri: string;
  /** Replaced by the kubelet before it expires. */
  readonly tokenFile: string;
  readonly http: HttpClient;
}

const MAX_ANSWER_BYTES = 64 * 1024;
/** The agents of EKS and ECS, and this machine; to any other host a token goes by TLS alone, as with AWS's own libraries. */
const WITHOUT_TLS = new Set(['169.254.170.23', '[fd00:ec2::23]', '169.254.170.2', 'localhost', '127.0.0.1', '[::1]']);

/** Temporary credentials of EKS Pod Identity: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
export async function askPodIdentity(identity: PodIdentity): Promise<Credentials> {
  const url = URL.canParse(identity.uri) ? new URL(identity.uri) : undefined;
  const isTrusted = url?.protocol === 'https:' || (url?.protocol === 'http:' && WITHOUT_TLS.has(url.hostname));
  if (url !== undefined && isTrusted) return await retrying(() => askOnce(url, identity), {});
  const message = 'AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor the agent of EKS Pod Identity: correct it';
  throw new ManifestError('SourceCredentials', message);
}

async function askOnce(url: URL, { tokenFile, http }: PodIdentity): Promise<Credentials> {
  const token = await readToken(tokenFile, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
  const headers = { Accept: 'application/json', Authorization: token };
  const response = await http.send({ origin: url, path: url.pathname + url.search, headers });
  return readAnswer(response, (await readText(response.body, MAX_ANSWER_BYTES)) ?? '');
}

function readAnswer({ status, header }: HttpResponse, text: string): Credentials {
  if (status === 429 || status >= 500)
    throw new AttemptFailed('SourceBusy', `the agent of EKS Pod Identity answers status ${status}`, {
      retryAfterMilliseconds: retryAfterOf(header('retry-after'), Date.now()),
    });
  const credentials = status === 200 ? parseCredentials(text) : undefined;
  if (credentials !== undefined) return credentials;
  const problem = status === 200 ? 'no credentials' : `status ${status}`;
  const message = `EKS Pod Identity gives the ServiceAccount no credentials (${problem}): it needs an association with a role, in this namespace`;
  throw new ManifestError('SourceCredentials', message);
}

function parseCredentials(text: string): Credentials | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>) : {};
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration } = fields;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined;
  const expires = typeof Expiration === 'string' ? Date.parse(Expiration) : NaN;
  return {
    accessKeyId,
    secretAccessKey,
    ...(typeof sessionToken === 'string' ? { sessionToken } : {}),
    ...(Number.isNaN(expires) ? {} : { expires }),
  };
}
