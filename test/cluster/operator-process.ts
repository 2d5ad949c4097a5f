import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { readCustomResourceDefinition, RESOURCE_KINDS } from '../../crds/contract/schema.ts';
import { eventually } from './commands.ts';
import type { ControlPlane } from './control-plane.ts';

const root = join(import.meta.dirname, '..', '..');
export const OPERATOR_NAMESPACE = 'motherload-system';

/** Installs the CRDs and a service account with the rules of docs/rbac.md, and returns a kubeconfig for that account. */
export async function prepareOperator(plane: ControlPlane): Promise<string> {
  await installDefinitions(plane);
  await plane.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: accessObjects() }));
  const token = await plane.kubectl(['-n', OPERATOR_NAMESPACE, 'create', 'token', 'operator', '--duration=8h']);
  const config = JSON.parse(readFileSync(plane.kubeconfig, 'utf8')) as Record<string, unknown>;
  const [context] = config['contexts'] as { context: { user: string } }[];
  const file = join(plane.folder, 'operator.kubeconfig');
  const users = [{ name: context?.context.user, user: { token: token.trim() } }];
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

/** The CRDs, as the chart installs them, once they may be used. */
export async function installDefinitions(plane: Pick<ControlPlane, 'kubectl'>): Promise<void> {
  const items = RESOURCE_KINDS.map(readCustomResourceDefinition);
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await plane.kubectl(['apply', '--server-side', '-f', '-'], list);
  await definitionsEstablished(plane);
}

/** In its first moments a CRD has no conditions, which kubectl calls an error and does not wait for. */
export async function definitionsEstablished(plane: Pick<ControlPlane, 'kubectl'>): Promise<void> {
  await eventually('the CRDs', 120, () =>
    plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s']),
  );
}

function accessObjects(): object[] {
  const text = readFileSync(join(root, 'docs', 'rbac.md'), 'utf8');
  const [clusterRules, leaseRules] = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => load(yaml));
  const metadata = { name: 'operator', namespace: OPERATOR_NAMESPACE };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR_NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion, kind: 'ClusterRole', metadata, rules: clusterRules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      subjects,
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'operator' },
    },
    { apiVersion, kind: 'Role', metadata, rules: leaseRules },
    { apiVersion, kind: 'RoleBinding', metadata, subjects, roleRef: { apiGroup, kind: 'Role', name: 'operator' } },
  ];
}

export interface OperatorProcess {
  readonly child: ChildProcess;
  /** The log so far, line by line. */
  lines(): Record<string, unknown>[];
  ask(path: string): Promise<{ status: number; text: string }>;
  /** Returns the exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Node's options and the environment in the image. */
function inImage(): { readonly options: readonly string[]; readonly environment: Readonly<Record<string, string>> } {
  const [, stage = ''] =
    /^FROM base AS operator\n(.*?)^FROM /ms.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];
  const [, entryPoint = '[]'] = /^ENTRYPOINT (\["node",.*)$/m.exec(stage) ?? [];
  const environment = [...stage.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]);
  return {
    options: (JSON.parse(entryPoint) as string[]).filter((option) => option.startsWith('--')),
    environment: Object.fromEntries(environment) as Record<string, string>,
  };
}

/** Starts the operator on this machine as a replica with this name, and waits until it is ready. */
export async function startOperator(
  plane: ControlPlane,
  kubeconfig: string,
  name: string,
  options: Readonly<Record<string, string>> = {},
): Promise<OperatorProcess> {
  const logFile = join(plane.folder, `${name}.operator.log`);
  const log = openSync(logFile, 'w');
  const image = inImage();
  const environment = {
    ...image.environment,
    ...{ PATH: process.env['PATH'] ?? '', KUBECONFIG: kubeconfig, POD_NAME: name, POD_NAMESPACE: OPERATOR_NAMESPACE },
    ...{ MOTHERLOAD_RUNNER_IMAGE: 'none', MOTHERLOAD_PORT: '0' },
    ...options,
  };
  const child = spawn(process.execPath, [...image.options, join(root, 'operator', 'main.ts')], {
    env: environment,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid !== undefined) plane.processes.adopt(`operator-${name}`, child.pid);
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  const lines = () =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  const ask = async (path: string) => {
    const port = lines().find((line) => line['port'] !== undefined)?.['port'];
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const operator: OperatorProcess = {
    child,
    lines,
    ask,
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
  try {
    await eventually('the operator', 120, async () => {
      if (child.exitCode !== null) throw new Error('it has ended');
      const { status, text } = await ask('/readyz');
      if (status !== 200) throw new Error(text);
    });
  } catch (error) {
    await operator.stop('SIGKILL');
    throw new Error(readFileSync(logFile, 'utf8'), { cause: error });
  }
  return operator;
}
