import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { TASKS_BY_INPUT } from '../../crds/contract/task-line.ts';
import { DATABASE_URI_VARIABLE, LOG_VARIABLE, TASK_VARIABLE, UNPACKER_VARIABLE } from '../../crds/contract/task.ts';

/** The variables that a runner inherits: paths of programs and certificates, language and time zone. */
const INHERITED = new Set([
  'PATH',
  'HOME',
  'USER',
  'TMPDIR',
  'TZ',
  'LANG',
  'LC_ALL',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'SystemRoot',
  'SSL_CERT_FILE',
  UNPACKER_VARIABLE,
  // Where the user's own keys are, and how their agent asks for a passphrase.
  'GNUPGHOME',
  'GPG_TTY',
  'DISPLAY',
  'XDG_RUNTIME_DIR',
  // What AWS's own tools find a bucket and its keys by. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_CONFIG_FILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ENDPOINT_URL',
  'AWS_ENDPOINT_URL_S3',
  'AWS_ENDPOINT_URL_STS',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
]);

/** The environment of a runner. Secrets are passed here and never on the command line, which every user of the machine can read. */
export function runnerEnvironment(
  parent: NodeJS.ProcessEnv,
  databaseUri: string,
  captureLog: boolean,
): Record<string, string> {
  const inherited = Object.entries(parent).flatMap(([name, value]) =>
    value !== undefined && INHERITED.has(name) ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(inherited),
    ...compileCache(),
    ...(captureLog ? {} : { [LOG_VARIABLE]: 'none' }),
    [TASK_VARIABLE]: TASKS_BY_INPUT,
    [DATABASE_URI_VARIABLE]: databaseUri,
  };
}

/** A runner that enables the cache itself has stripped the types of its main module by then, which costs 30 ms of CPU. */
function compileCache(): Record<string, string> {
  // Node appends a folder for its version to the configured one.
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}
