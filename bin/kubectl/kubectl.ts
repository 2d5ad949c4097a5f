import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { SIGNALS } from '../interruption.ts';
import { kubectlError, kubectlMissing } from './kubectl-error.ts';

/** kubectl's own options, which are passed on. */
export interface KubectlOptions {
  readonly namespace?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/** Where kubectl finds the namespace if it runs in a pod without a kubeconfig. */
const POD_NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/**
 * The user's own kubectl, so that whatever logs it in works here, too. It is started without a shell: names are parameters, never commands.
 */
export class Kubectl {
  readonly #options: KubectlOptions;
  #namespace: Promise<string> | undefined;

  constructor(options: KubectlOptions) {
    this.#options = options;
  }

  /** The namespace of the option or of the context; kubectl does not fill it in for paths. */
  namespace(): Promise<string> {
    this.#namespace ??= this.#findNamespace();
    return this.#namespace;
  }

  /** The object or list at a path of the apiserver: without discovery, which is what takes kubectl longest. */
  async get<Answer>(path: string, object: string): Promise<Answer> {
    return JSON.parse(await this.#output(['get', '--raw', path], object)) as Answer;
  }

  /** Merges a patch into an object. */
  async patch(resource: string, name: string, patch: object, object: string): Promise<void> {
    const namespace = await this.namespace();
    await this.#output(
      ['patch', resource, name, '-n', namespace, '--type=merge', '-p', JSON.stringify(patch), '-o', 'name'],
      object,
    );
  }

  /** Shows the user what kubectl prints, and returns its exit code. A signal ends kubectl, too, which would follow a log for ever. */
  async show(parameters: readonly string[]): Promise<number> {
    const child = this.#start([...parameters, '-n', await this.namespace()], 'inherit');
    const received: NodeJS.Signals[] = [];
    const end = (signal: NodeJS.Signals) => {
      received.push(signal);
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, end);
    try {
      const code = await exitCodeOf(child);
      // kubectl's own code would then be 1, as if it had failed.
      return received.length > 0 ? CLI_EXIT_CODES.Interrupted : code;
    } finally {
      for (const signal of SIGNALS) process.off(signal, end);
    }
  }

  async #findNamespace(): Promise<string> {
    if (this.#options.namespace !== undefined) return this.#options.namespace;
    const parameters = ['config', 'view', '--minify', '-o', 'jsonpath={..namespace}'];
    const ofContext = await this.#output(parameters, 'context').catch((error: unknown) => {
      // Without any kubeconfig kubectl uses that of its pod; what is wrong otherwise, the next call says.
      if (error instanceof Error && /current-context/.test(error.message)) return namespaceOfPod();
      throw error;
    });
    return ofContext.trim() === '' ? 'default' : ofContext.trim();
  }

  async #output(parameters: readonly string[], object: string): Promise<string> {
    const child = this.#start(parameters, 'pipe');
    const [stdout, stderr, code] = await Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
      exitCodeOf(child),
    ]);
    if (code !== 0) throw kubectlError(stderr, object);
    return stdout;
  }

  #start(parameters: readonly string[], output: 'pipe' | 'inherit'): ChildProcess {
    const { context, kubeconfig } = this.#options;
    const own = [
      ...(context === undefined ? [] : [`--context=${context}`]),
      ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ];
    // Plugins that log in may ask for a password.
    return spawn('kubectl', [...own, ...parameters], {
      stdio: ['inherit', output, output === 'pipe' ? 'pipe' : 'inherit'],
    });
  }
}

function namespaceOfPod(): string {
  try {
    return readFileSync(POD_NAMESPACE_FILE, 'utf8');
  } catch {
    return '';
  }
}

async function exitCodeOf(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child
      .once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? kubectlMissing(error) : error))
      // By a signal, Ctrl-C in most cases.
      .once('close', (code) => resolve(code ?? CLI_EXIT_CODES.Interrupted));
  });
}
