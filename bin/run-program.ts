import { CommanderError, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { describeFailure, MotherloadError } from '../crds/contract/errors.ts';
import { CLI_EXIT_CODES, exitCodeFor } from './exit-codes.ts';
import { Interrupted } from './interruption.ts';
import { OutputClosed, watchOutput } from './output/print.ts';

export function programVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs the command that the process's parameters name, and sets the exit code. */
export async function runProgram(buildProgram: () => Promise<Command>): Promise<void> {
  watchOutput();
  try {
    await (await buildProgram()).parseAsync();
  } catch (error) {
    process.exitCode = report(error);
    // Abandoned work, such as a connection to a server that does not answer, must not keep the process running.
    if (error instanceof Interrupted) process.exit();
  }
}

/** Prints the error and returns the exit code. Commander prints its own errors, and help, before it throws. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? CLI_EXIT_CODES.Success : CLI_EXIT_CODES.WrongUsage;
  if (error instanceof Interrupted || error instanceof OutputClosed) return exitCodeFor(error);
  if (error instanceof MotherloadError) process.stderr.write(`error: ${describeFailure(error.toFailure())}\n`);
  else
    process.stderr.write(
      `unexpected error, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  return exitCodeFor(error);
}
