import type { Command } from 'commander';
import { once } from 'node:events';
import { defaultPostgresqlFolder } from '../postgresql/embedded-postgresql.ts';
import { joinEmbeddedPostgresql } from '../postgresql/shared-postgresql.ts';

export function addPostgresCommand(program: Command): void {
  program
    .command('postgres')
    .description('keep the embedded PostgreSQL running until Ctrl-C, to look at what was loaded')
    .option('--data-folder <folder>', 'where it keeps its data', defaultPostgresqlFolder())
    .addHelpText(
      'after',
      '\nExample:\n  motherload postgres          then, in another terminal:  psql "$URI"  with the URI that it prints',
    )
    .action(runPostgres);
}

async function runPostgres(options: { readonly dataFolder: string }): Promise<void> {
  const server = await joinEmbeddedPostgresql(options.dataFolder);
  const stopped = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  // psql would take a port that is missing from PGPORT.
  const uri = `${server.uri}&port=5432`;
  process.stdout.write(`PostgreSQL 18, data in ${options.dataFolder}\n  psql '${uri}'\nCtrl-C stops it.\n`);
  // A promise alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    await stopped;
  } finally {
    clearInterval(alive);
    await server.leave();
  }
  process.stdout.write('\nstopped\n');
}
