import { ManifestError } from '../../../../crds/contract/errors.ts';
import { readText, type HttpClient, type HttpResponse } from '../http-client.ts';
import { AttemptFailed, retryAfterOf, retrying } from '../retry.ts';
import type { Credentials } from './credentials.ts';
import { readToken } from './token-file.ts';
import { parseXml, textOf } from './xml.ts';

export interface WebIdentity {
  /** Replaced by the kubelet before it expires. */
  readonly tokenFile: string;
  readonly role: string;
  readonly region: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly http: HttpClient;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const RETRIED = new Set([
  'IDPCommunicationError',
  'Throttling',
  'ThrottlingException',
  'ServiceUnavailable',
  'InternalFailure',
]);

/** Temporary credentials for the ServiceAccount's token: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRole(identity: WebIdentity): Promise<Credentials> {
  return await retrying(() => assumeOnce(identity), {});
}

async function assumeOnce({ tokenFile, role, region, environment, http }: WebIdentity): Promise<Credentials> {
  const token = await readToken(tokenFile, 'AWS_WEB_IDENTITY_TOKEN_FILE');
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint = environment['AWS_ENDPOINT_URL_STS'] ?? `https://sts.${region}.${domain}`;
  const origin = new URL(endpoint);
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: environment['AWS_ROLE_SESSION_NAME'] ?? 'motherload',
    WebIdentityToken: token,
  }).toString();
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  const response = await http.send({ method: 'POST', origin, path: origin.pathname, headers, body });
  return readAnswer(response, (await readText(response.body, MAX_ANSWER_BYTES)) ?? '', role);
}

function readAnswer({ status, header }: HttpResponse, text: string, role: string): Credentials {
  const root = parseXml(text);
  const result = root?.children.find(({ name }) => name === 'AssumeRoleWithWebIdentityResult');
  const given = result?.children.find(({ name }) => name === 'Credentials');
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = (
    ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'] as const
  ).map((name) => textOf(given, name)?.trim());
  if (status === 200 && accessKeyId !== undefined && secretAccessKey !== undefined) {
    const expires = Date.parse(expiration ?? '');
    return { accessKeyId, secretAccessKey, sessionToken, ...(Number.isNaN(expires) ? {} : { expires }) };
  }
  const code =
    textOf(
      root?.children.find(({ name }) => name === 'Error'),
      'Code',
    ) ?? `status ${status}`;
  if (status === 429 || status >= 500 || RETRIED.has(code))
    throw new AttemptFailed('SourceBusy', `the server of AWS STS answers ${code}`, {
      retryAfterMilliseconds: retryAfterOf(header('retry-after'), Date.now()),
    });
  const message = `the ServiceAccount cannot take the role ${role} (${code}): its trust policy must name the cluster's issuer, this namespace and this ServiceAccount`;
  throw new ManifestError('SourceCredentials', message);
}
