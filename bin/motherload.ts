import { Command } from 'commander';
import { refuseEmptyValues } from './commands/empty-values.ts';
import { wrapHelp } from './output/help-text.ts';
import { programVersion, runProgram } from './run-program.ts';

const EPILOGUE = `
Exit codes: 0 all loaded, 1 some tables failed, 2 wrong usage or manifest, 130 stopped by Ctrl-C.

To try it with the dumps in examples/:
  motherload run -f examples/quickstart.yaml --dumps examples/dumps`;

/** By name, in the order in which the help lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  run: async () => (await import('./commands/run.ts')).addRunCommand,
  plan: async () => (await import('./commands/plan.ts')).addPlanCommand,
  sniff: async () => (await import('./commands/sniff.ts')).addSniffCommand,
  validate: async () => (await import('./commands/validate.ts')).addValidateCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  rejects: async () => (await import('./commands/rejects.ts')).addRejectsCommand,
  replay: async () => (await import('./commands/replay.ts')).addReplayCommand,
  drift: async () => (await import('./commands/drift.ts')).addDriftCommand,
  verify: async () => (await import('./commands/verify.ts')).addVerifyCommand,
  query: async () => (await import('./commands/query.ts')).addQueryCommand,
  postgres: async () => (await import('./commands/postgres.ts')).addPostgresCommand,
};

/** Only the command that is called, so that the modules of the others are not loaded; for help and for an unknown command all of them. */
function commandsFor(name = ''): (typeof COMMANDS)[string][] {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return command === undefined ? Object.values(COMMANDS) : [command];
}

async function buildProgram(): Promise<Command> {
  const program = refuseEmptyValues(wrapHelp(new Command('motherload')))
    .description("Loads an application's dumps, release after release, into one queryable PostgreSQL schema.")
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(motherload --help shows all commands, motherload COMMAND --help its options)')
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  for (const load of commandsFor(process.argv[2])) (await load())(program);
  return program;
}

await runProgram(buildProgram);
