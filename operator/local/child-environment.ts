import { DATABASE_URI_VARIABLE, RESULT_FILE_VARIABLE, TASK_VARIABLE, type Task } from '../../crds/contract/task.ts';

/** What a runner may take over from this process: where programs and certificates are, language and time zone, and libpq's variables. */
const INHERITED = new Set(['PATH', 'HOME', 'USER', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'SystemRoot', 'SSL_CERT_FILE']);

export interface RunnerInput {
  readonly task: Task;
  readonly databaseUri: string;
  readonly resultFile: string;
}

const END_WITH_PARENT = `--import=${new URL('./end-with-parent.ts', import.meta.url).href}`;

/** The environment of a runner. Secrets travel here and never on a command line, which every user of the machine can read. */
export function childEnvironment(parent: NodeJS.ProcessEnv, { task, databaseUri, resultFile }: RunnerInput): Record<string, string> {
  const inherited = Object.entries(parent).flatMap(([name, value]) =>
    value !== undefined && (INHERITED.has(name) || name.startsWith('PG')) ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(inherited),
    NODE_OPTIONS: [parent['NODE_OPTIONS'], END_WITH_PARENT].filter((option) => option !== undefined).join(' '),
    [TASK_VARIABLE]: JSON.stringify(task),
    [DATABASE_URI_VARIABLE]: databaseUri,
    [RESULT_FILE_VARIABLE]: resultFile,
  };
}
