import type { Command } from 'commander';
import { print } from '../../output/print.ts';
import { DUMP_INGESTION, readIngestion } from '../read-objects.ts';
import { suspensionMessage } from '../suspension-message.ts';
import { kubectlOf } from './options.ts';

export function addSuspendCommand(program: Command): void {
  program
    .command('suspend')
    .argument('<name>', 'a DumpIngestion')
    .description('start no new Jobs of a DumpIngestion; running ones continue to their end')
    .addHelpText('after', '\nExample:\n  kubectl motherload suspend nightly')
    .action((name: string, _options: unknown, command: Command) => setSuspension(name, true, command));
}

export function addResumeCommand(program: Command): void {
  program
    .command('resume')
    .argument('<name>', 'a DumpIngestion')
    .description('continue a DumpIngestion that is suspended')
    .addHelpText('after', '\nExample:\n  kubectl motherload resume nightly')
    .action((name: string, _options: unknown, command: Command) => setSuspension(name, false, command));
}

async function setSuspension(name: string, suspend: boolean, command: Command): Promise<void> {
  const kubectl = kubectlOf(command);
  const ingestion = await readIngestion(kubectl, name);
  if (ingestion.spec.suspend !== suspend)
    await kubectl.patch(DUMP_INGESTION, name, { spec: { suspend } }, `DumpIngestion ${name}`);
  await print(`${suspensionMessage(ingestion, suspend)}\n`);
}
