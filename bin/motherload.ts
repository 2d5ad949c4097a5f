import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { describeFailure, MotherloadError } from '../crds/contract/errors.ts';
import { addPlanCommand } from './commands/plan.ts';
import { addPostgresCommand } from './commands/postgres.ts';
import { addQueryCommand } from './commands/query.ts';
import { addRunCommand } from './commands/run.ts';
import { addStatusCommand } from './commands/status.ts';
import { addValidateCommand } from './commands/validate.ts';
import { CLI_EXIT_CODES, exitCodeFor } from './exit-codes.ts';
import { Interrupted } from './interruption.ts';

const EPILOGUE = `
Exit codes: 0 all loaded, 1 some tables failed, 2 wrong usage or manifest, 130 stopped by Ctrl-C.

A first run, with the dumps that lie in examples/:
  motherload run -f examples/quickstart.yaml --dumps examples/dumps`;

function buildProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const program = new Command('motherload')
    .description("Loads an application's dumps, release after release, into one queryable PostgreSQL schema.")
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(motherload --help shows all commands, motherload COMMAND --help its options)')
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  for (const addCommand of [addRunCommand, addPlanCommand, addValidateCommand, addStatusCommand, addQueryCommand, addPostgresCommand])
    addCommand(program);
  return program;
}

try {
  await buildProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
  // What was under way, such as a connection that is not answered, must not keep the process.
  if (error instanceof Interrupted) process.exit();
}

/** Says what went wrong, once, and gives the exit code. Commander has printed its own errors, and help, before it throws. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? CLI_EXIT_CODES.Success : CLI_EXIT_CODES.WrongUsage;
  if (error instanceof Interrupted) return exitCodeFor(error);
  if (error instanceof MotherloadError) process.stderr.write(`error: ${describeFailure(error.toFailure())}\n`);
  else
    process.stderr.write(
      `unexpected error, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  return exitCodeFor(error);
}
