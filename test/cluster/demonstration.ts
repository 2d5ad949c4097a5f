import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runCommand } from './commands.ts';

export interface TaskContext {
  /** kubectl, with what makes it speak to the cluster. */
  readonly kubectl: readonly string[];
  /** The command that prints what a query finds in the database. */
  readonly query: (sql: string) => readonly string[];
}

const QUERY = `SELECT tableoid::regclass::text AS version, count(*) AS rides, sum(price) AS turnover, max(started)::date AS latest
FROM velo.rides GROUP BY tableoid ORDER BY 1`;

/** `make cluster-demo`: what a user does in a cluster, and what comes of it. May be done again: the tables are loaded already then. */
export async function demonstrate({ kubectl, query }: TaskContext): Promise<void> {
  const show = async (...parameters: string[]) => {
    console.log(`\n$ kubectl ${parameters.join(' ')}`);
    console.log((await runCommand([...kubectl, ...parameters])).trimEnd());
  };
  await runCommand([...kubectl, 'delete', 'dumpingestion', 'quickstart', '--ignore-not-found']);
  await show('apply', '-f', 'examples/quickstart.yaml');
  const stopWatching = watch(kubectl, ['get', 'dumpingestions', '--watch']);
  // Failed would be an end, too, and the next lines say why.
  await runCommand([
    ...kubectl,
    'wait',
    '--for=jsonpath={.status.completionTime}',
    'dumpingestion/quickstart',
    '--timeout=300s',
  ]);
  await stopWatching();
  await show('wait', '--for=condition=Complete', 'di/quickstart', '--timeout=1s');
  await show('get', 'tableingestions');
  await show('describe', 'di', 'quickstart');
  console.log(`\n${QUERY}`);
  console.log((await runCommand(query(QUERY))).trimEnd());
}

/** Prints what kubectl sees as it sees it. */
function watch(kubectl: readonly string[], parameters: readonly string[]): () => Promise<void> {
  console.log(`\n$ kubectl ${parameters.join(' ')}`);
  const [program = '', ...rest] = [...kubectl, ...parameters];
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
  return async () => {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  };
}
