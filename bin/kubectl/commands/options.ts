import type { Command } from 'commander';
import { Kubectl, type KubectlOptions } from '../kubectl.ts';

/** On the program, so that they may stand before and after the command, as kubectl's do. */
export function withKubectlOptions(program: Command): Command {
  return program
    .option('-n, --namespace <name>', 'the namespace (default: that of the context)')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--kubeconfig <file>', 'the kubeconfig');
}

export function kubectlOf(command: Command): Kubectl {
  return new Kubectl(command.optsWithGlobals<KubectlOptions>());
}
