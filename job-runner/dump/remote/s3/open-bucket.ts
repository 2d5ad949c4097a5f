import { homedir } from 'node:os';
import { join } from 'node:path';
import type { S3Source } from '../../../../crds/contract/task.ts';
import { HttpClient } from '../http-client.ts';
import { readAuthority } from '../secret-files.ts';
import { BucketClient } from './bucket-client.ts';
import { CredentialStore } from './credential-store.ts';
import { readProfile } from './profile-file.ts';

/** Whoever speaks to the manifest's bucket, with the Secrets' files or what the environment says. */
export async function openBucket(spec: S3Source, secretsFolder: string | undefined): Promise<BucketClient> {
  const environment = process.env;
  const { bucket, forcePathStyle } = spec;
  const endpoint = spec.endpoint ?? environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'];
  const region = spec.region ?? (await regionOfEnvironment(environment));
  const hasAuthority = spec.caSecretRef !== undefined && secretsFolder !== undefined;
  const http = new HttpClient({ authority: hasAuthority ? await readAuthority(secretsFolder) : undefined });
  const folder = spec.credentialsSecretRef === undefined ? undefined : secretsFolder;
  const credentials = new CredentialStore({ folder, environment, region, http });
  return new BucketClient({ bucket, region, endpoint, forcePathStyle }, credentials, http);
}

/** By the same precedence as in AWS's own tools. https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html */
async function regionOfEnvironment(environment: NodeJS.ProcessEnv): Promise<string> {
  const named = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  if (named !== undefined) return named;
  const file = environment['AWS_CONFIG_FILE'] ?? join(homedir(), '.aws', 'config');
  const profile = await readProfile(file, environment['AWS_PROFILE'] ?? 'default');
  return profile?.get('region') ?? 'us-east-1';
}
