import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ManifestError } from '../../../../crds/contract/errors.ts';
import { SOURCE_FILES } from '../../../../crds/contract/task.ts';
import type { HttpClient } from '../http-client.ts';
import type { Credentials } from './credentials.ts';
import { askPodIdentity } from './pod-identity.ts';
import { readProfile } from './profile-file.ts';
import { assumeRole } from './web-identity.ts';

/** Renewed so long before they expire that a request on its way is still answered, but not before half of their time. */
const MARGIN_MILLISECONDS = 5 * 60_000;

interface Current {
  readonly credentials: Credentials;
  readonly renewAt: number;
}

export interface CredentialsOptions {
  /** The files of spec.source.s3.credentialsSecretRef; without it they are the pod's identity or the environment's. */
  readonly folder?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly region: string;
  readonly http: HttpClient;
}

/** The current credentials, asked for once for all requests, and again when they are about to expire or are refused. */
export class CredentialStore {
  readonly #options: CredentialsOptions;
  #current: Promise<Current> | undefined;

  constructor(options: CredentialsOptions) {
    this.#options = options;
  }

  async get(): Promise<Credentials> {
    const reading = (this.#current ??= this.#read());
    const { credentials, renewAt } = await reading;
    if (Date.now() < renewAt) return credentials;
    if (this.#current === reading) this.#current = this.#read();
    return (await (this.#current ??= this.#read())).credentials;
  }

  /** Reads them again, unless somebody has since these were used. False where that gave the same ones. */
  async renew(refused: Credentials): Promise<boolean> {
    const reading = this.#current;
    if (reading !== undefined && (await reading).credentials === refused && this.#current === reading)
      this.#current = this.#read();
    const { accessKeyId, secretAccessKey, sessionToken } = await this.get();
    return (
      accessKeyId !== refused.accessKeyId ||
      secretAccessKey !== refused.secretAccessKey ||
      sessionToken !== refused.sessionToken
    );
  }

  /** A failure is not kept: the next request tries again. */
  #read(): Promise<Current> {
    const reading = readCredentials(this.#options).then((credentials) => {
      const left = credentials.expires === undefined ? Infinity : credentials.expires - Date.now();
      return { credentials, renewAt: Date.now() + left - Math.min(MARGIN_MILLISECONDS, left / 2) };
    });
    reading.catch(() => {
      if (this.#current === reading) this.#current = undefined;
    });
    return reading;
  }
}

async function readCredentials({ folder, environment, region, http }: CredentialsOptions): Promise<Credentials> {
  if (folder !== undefined) return await readSecretFiles(folder);
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (AWS_ACCESS_KEY_ID !== undefined && AWS_SECRET_ACCESS_KEY !== undefined)
    return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY, sessionToken: AWS_SESSION_TOKEN };
  const { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: role } = environment;
  if (tokenFile !== undefined && role !== undefined)
    return await assumeRole({ tokenFile, role, region, environment, http });
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: podToken } = environment;
  if (uri !== undefined && podToken !== undefined) return await askPodIdentity({ uri, tokenFile: podToken, http });
  const file = environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws', 'credentials');
  const profile = await readProfile(file, environment['AWS_PROFILE'] ?? 'default');
  const [accessKeyId, secretAccessKey] = [profile?.get('aws_access_key_id'), profile?.get('aws_secret_access_key')];
  if (accessKeyId !== undefined && secretAccessKey !== undefined)
    return { accessKeyId, secretAccessKey, sessionToken: profile?.get('aws_session_token') };
  const message =
    'there are no credentials for the bucket: set spec.source.s3.credentialsSecretRef, or a ServiceAccount with an identity at AWS (IRSA or EKS Pod Identity) in spec.jobTemplate; on a laptop AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE';
  throw new ManifestError('SourceCredentials', message);
}

/** The kubelet replaces the files of a Secret that has changed. */
async function readSecretFiles(folder: string): Promise<Credentials> {
  const read = async (name: string): Promise<string> => (await readFile(join(folder, name), 'utf8')).trim();
  try {
    const accessKeyId = await read(SOURCE_FILES.accessKeyId);
    const secretAccessKey = await read(SOURCE_FILES.secretAccessKey);
    const sessionToken = await read(SOURCE_FILES.sessionToken).catch(() => '');
    if (accessKeyId !== '' && secretAccessKey !== '')
      return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    const message = `the keys of the bucket cannot be read from their Secret (${code}): spec.source.s3.credentialsSecretRef must name a Secret with both`;
    throw new ManifestError('SourceCredentials', message, {}, { cause: error });
  }
  throw new ManifestError('SourceCredentials', 'the Secret of spec.source.s3.credentialsSecretRef has an empty key');
}
