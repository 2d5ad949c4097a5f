import { MotherloadError } from '../crds/contract/errors.ts';
import { Interrupted } from './interruption.ts';
import { OutputClosed } from './output/print.ts';

/** The exit codes of `motherload`; 130 is what shells use for Ctrl-C. */
export const CLI_EXIT_CODES = { Success: 0, SomeFailed: 1, WrongUsage: 2, Bug: 70, Interrupted: 130 } as const;

/** The exit code for an error that ended a command. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof Interrupted) return CLI_EXIT_CODES.Interrupted;
  if (error instanceof OutputClosed) return error.isByReader ? CLI_EXIT_CODES.Success : CLI_EXIT_CODES.SomeFailed;
  if (!(error instanceof MotherloadError)) return CLI_EXIT_CODES.Bug;
  return error.kind === 'Manifest' ? CLI_EXIT_CODES.WrongUsage : CLI_EXIT_CODES.SomeFailed;
}
