import type { Command } from 'commander';
import { printJson, withOutput, type OutputOptions } from '../../commands/options.ts';
import { print } from '../../output/print.ts';
import { renderTree } from '../../output/tree.ts';
import { ingestionTree } from '../ingestion-tree.ts';
import type { Kubectl } from '../kubectl.ts';
import { readIngestionObjects, readIngestions } from '../read-objects.ts';
import { summaryNode } from '../run-line.ts';
import { kubectlOf } from './options.ts';

interface StatusOptions extends OutputOptions {
  readonly all?: true;
  readonly allNamespaces?: boolean;
}

const EXAMPLES = `
Examples:
  kubectl motherload status                  # each DumpIngestion of the namespace, and what is wrong with it
  kubectl motherload status nightly          # its catalogue, and the tables that run, wait, failed or have rejects
  kubectl motherload status nightly --all    # all of these tables, not ten of each kind

To wait for the end: kubectl wait --for=condition=Complete di/nightly`;

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .argument('[name]', 'a DumpIngestion; without it, all of the namespace')
    .description('show a run as a tree: tables, Jobs, pods, nodes, and what keeps them')
    .option('--all', 'list all tables that have not simply been loaded')
    .option('-A, --all-namespaces', 'without a name: of all namespaces')
    .addHelpText('after', EXAMPLES);
  withOutput(command).action(status);
}

async function status(name: string | undefined, options: StatusOptions, command: Command): Promise<void> {
  if (name !== undefined && options.allNamespaces === true)
    command.error("error: option '-A, --all-namespaces' cannot be used with a name: choose one with --namespace");
  const kubectl = kubectlOf(command);
  if (name === undefined) await printIngestions(kubectl, options);
  else await printIngestion(kubectl, name, options);
}

async function printIngestion(kubectl: Kubectl, name: string, { all, output }: StatusOptions): Promise<void> {
  const objects = await readIngestionObjects(kubectl, name);
  if (output === 'json') {
    printJson(objects);
    return;
  }
  await print(`${renderTree(ingestionTree(objects, new Date(), all === true ? Infinity : undefined))}\n`);
}

async function printIngestions(kubectl: Kubectl, { allNamespaces = false, output }: StatusOptions): Promise<void> {
  const ingestions = await readIngestions(kubectl, allNamespaces);
  if (output === 'json') {
    printJson({ ingestions });
    return;
  }
  const now = new Date();
  const where = allNamespaces ? 'the cluster' : `the namespace ${await kubectl.namespace()}`;
  const lines = ingestions.map((ingestion) => renderTree(summaryNode(ingestion, now, allNamespaces)));
  await print(lines.length === 0 ? `${where} has no DumpIngestion\n` : `${lines.join('\n')}\n`);
}
