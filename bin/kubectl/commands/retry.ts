import type { Command } from 'commander';
import { ManifestError } from '../../../crds/contract/errors.ts';
import type { DumpIngestionObject } from '../../../operator/kubernetes/client/objects.ts';
import { print } from '../../output/print.ts';
import { DUMP_INGESTION, readIngestion } from '../read-objects.ts';
import { retryMessage, wouldDrop } from '../retry-message.ts';
import { kubectlOf } from './options.ts';

interface RetryOptions {
  readonly all?: boolean;
  readonly yes?: true;
}

const EXAMPLES = `
Examples:
  kubectl motherload retry nightly          # what failed, and dumps that have come since
  kubectl motherload retry nightly --all    # all tables; what is loaded already is found in the ledger
It sets spec.trigger to the time and spec.retryPolicy. Where a GitOps tool applies the manifest, change them there.`;

export function addRetryCommand(program: Command): void {
  program
    .command('retry')
    .argument('<name>', 'a DumpIngestion')
    .description('run a DumpIngestion again: the tables that are not loaded yet, or all')
    .option('--all', 'run all tables again, as if the DumpIngestion had been deleted and applied again')
    .option('--yes', 'with --all: also if spec.motherTables.policy drops what is loaded')
    .addHelpText('after', EXAMPLES)
    .action(retry);
}

async function retry(name: string, { all = false, yes }: RetryOptions, command: Command): Promise<void> {
  const kubectl = kubectlOf(command);
  const ingestion = await readIngestion(kubectl, name);
  if (all && yes !== true) refuseDrop(ingestion);
  const spec = { trigger: new Date().toISOString(), retryPolicy: all ? 'All' : 'FailedTables' };
  await kubectl.patch(DUMP_INGESTION, name, { spec }, `DumpIngestion ${name}`);
  await print(`${retryMessage(ingestion, all)}\n`);
}

function refuseDrop(ingestion: DumpIngestionObject): void {
  if (!wouldDrop(ingestion)) return;
  const { policy } = ingestion.spec.motherTables;
  const message = `with spec.motherTables.policy ${policy}, a run of all tables drops what is loaded first: add --yes if that is wanted, or leave --all out to load what failed`;
  throw new ManifestError('DropsTables', message);
}
