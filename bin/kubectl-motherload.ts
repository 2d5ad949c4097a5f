import { Command } from 'commander';
import { addLogsCommand } from './kubectl/commands/logs.ts';
import { withKubectlOptions } from './kubectl/commands/options.ts';
import { addReportCommand } from './kubectl/commands/report.ts';
import { addRetryCommand } from './kubectl/commands/retry.ts';
import { addStatusCommand } from './kubectl/commands/status.ts';
import { addResumeCommand, addSuspendCommand } from './kubectl/commands/suspend.ts';
import { refuseEmptyValues } from './commands/empty-values.ts';
import { wrapHelp } from './output/help-text.ts';
import { programVersion, runProgram } from './run-program.ts';

const EPILOGUE = `
It asks the cluster through your own kubectl, with your own rights.

Exit codes: 0 done, 1 the cluster cannot be reached, 2 wrong usage, no such DumpIngestion or no right to it, 130 stopped by Ctrl-C.

Example:
  kubectl motherload status nightly`;

/** kubectl starts the program `kubectl-motherload` for `kubectl motherload`. */
function buildProgram(): Promise<Command> {
  const program = refuseEmptyValues(wrapHelp(new Command('kubectl motherload')))
    .description('Shows and controls DumpIngestions in a cluster.')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(kubectl motherload --help shows all commands)')
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  withKubectlOptions(program);
  addStatusCommand(program);
  addLogsCommand(program);
  addRetryCommand(program);
  addSuspendCommand(program);
  addResumeCommand(program);
  addReportCommand(program);
  return Promise.resolve(program);
}

await runProgram(buildProgram);
