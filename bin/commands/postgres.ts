import type { Command } from 'commander';
import { once } from 'node:events';
import { defaultPostgresqlFolder } from '../postgresql/embedded-postgresql.ts';
import { joinEmbeddedPostgresql } from '../postgresql/shared-postgresql.ts';

export function addPostgresCommand(program: Command): void {
  program
    .command('postgres')
    .description('run the embedded PostgreSQL until Ctrl-C, to query it with psql')
    .option('--data-folder <folder>', 'the folder with its data', defaultPostgresqlFolder())
    .addHelpText('after', '\nExample:\n  motherload postgres\nprints a URI for another terminal: psql URI')
    .action(runPostgres);
}

async function runPostgres(options: { readonly dataFolder: string }): Promise<void> {
  const server = await joinEmbeddedPostgresql(options.dataFolder);
  const stopped = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  // psql would take a port that is missing from PGPORT.
  const uri = `${server.uri}&port=5432`;
  process.stdout.write(`PostgreSQL 18, data in ${options.dataFolder}\n  psql '${uri}'\nPress Ctrl-C to stop it.\n`);
  // Waiting for a promise does not keep a process running.
  const alive = setInterval(() => undefined, 60_000);
  try {
    await stopped;
  } finally {
    clearInterval(alive);
    await server.leave();
  }
  process.stdout.write('\nstopped\n');
}
