import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runCommand } from './commands.ts';

export interface DemonstrationContext {
  /** kubectl with the options for this cluster. */
  readonly kubectl: readonly string[];
  /** The command that prints the result of a query. */
  readonly query: (sql: string) => readonly string[];
}

const QUERY = `SELECT tableoid::regclass::text AS version, count(*) AS rides, sum(price) AS turnover, max(started)::date AS latest
FROM velo.rides GROUP BY tableoid ORDER BY 1`;

/** `make cluster-demo`: shows a user's commands and their output. If it is repeated, the tables are already loaded. */
export async function demonstrate({ kubectl, query }: DemonstrationContext): Promise<void> {
  const show = async (...parameters: string[]) => {
    console.log(`\n$ kubectl ${parameters.join(' ')}`);
    console.log((await runCommand([...kubectl, ...parameters])).trimEnd());
  };
  await runCommand([...kubectl, 'delete', 'dumpingestion', 'quickstart', '--ignore-not-found']);
  await show('apply', '-f', 'examples/quickstart.yaml');
  const stopWatching = watch(kubectl, ['get', 'dumpingestions', '--watch']);
  // It may also end as Failed; the next commands show why.
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

/** Prints the output of kubectl while it runs. */
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
