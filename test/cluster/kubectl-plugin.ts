import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import { LABELS } from '../../crds/contract/names.ts';
import type { RunReport } from '../../bin/report/run-report.ts';
import { ROOT, type CliResult } from '../bin/cli.ts';
import { ApiRequests } from './api-requests.ts';
import { buildKubernetes } from './binaries.ts';
import { startControlPlane, writeKubeconfig, type ControlPlane } from './control-plane.ts';
import { dumpIngestion, type Fields } from './custom-resources.ts';
import { definitionsEstablished } from './operator-process.ts';

const RESOURCES = '/apis/motherload.dev/v1alpha1/namespaces/default';

/** An apiserver without an operator, and `kubectl` with the plugin installed as a user has it. */
export class PluginBed {
  readonly plane: ControlPlane;
  readonly folder: string;
  readonly #requests: ApiRequests;

  private constructor(plane: ControlPlane, folder: string) {
    this.plane = plane;
    this.folder = folder;
    this.#requests = new ApiRequests(plane);
  }

  static async start(): Promise<PluginBed> {
    const folder = mkdtempSync(join(tmpdir(), 'motherload-plugin-'));
    const plane = await startControlPlane({ folder, controllers: true });
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'kubectl'), `#!/bin/sh\nexec ${await buildKubernetes()} kubectl "$@"\n`);
    chmodSync(join(programs, 'kubectl'), 0o755);
    symlinkSync(join(ROOT, 'bin', 'kubectl-motherload.js'), join(programs, 'kubectl-motherload'));
    return new PluginBed(plane, folder);
  }

  async stop(): Promise<void> {
    this.#requests.end();
    await this.plane.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async installCustomResources(): Promise<void> {
    for (const kind of ['dumpingestion', 'tableingestion'])
      await this.plane.kubectl(['apply', '--server-side', '-f', join(ROOT, 'crds', `${kind}.yaml`)]);
    await definitionsEstablished(this.plane);
  }

  /** `kubectl motherload …`, which finds the plugin by its name. */
  async motherload(...parameters: string[]): Promise<CliResult> {
    return await this.run(['kubectl', 'motherload', ...parameters]);
  }

  /** A program in an environment that has kubectl, or not. */
  async run(command: readonly string[], environment: Record<string, string> = {}): Promise<CliResult> {
    const child = this.start(command, environment);
    const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
    const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr };
  }

  /** The same as a running process. */
  start(command: readonly string[], environment: Record<string, string> = {}) {
    const [program = '', ...parameters] = command;
    const path = [join(this.folder, 'programs'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
    const env = { PATH: path, HOME: this.folder, KUBECONFIG: this.plane.kubeconfig, ...environment };
    return spawn(program, parameters, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Somebody with a certificate and no rights. */
  async stranger(): Promise<string> {
    const { certificates, address, apiserverPort } = this.plane;
    await certificates.make('stranger', { name: 'stranger' });
    return writeKubeconfig(this.folder, 'stranger', `https://${address}:${apiserverPort}`, certificates);
  }

  /** A DumpIngestion with its TableIngestions, each with its status, as an operator would have written them; returns its uid. */
  async create(
    name: string,
    { ingestion, tables }: Pick<RunReport, 'ingestion' | 'tables'>,
    spec: Fields = {},
  ): Promise<string> {
    const made = await this.#write('dumpingestions', { ...dumpIngestion(spec), metadata: { name } }, ingestion);
    const { uid } = made.metadata;
    const owner = { apiVersion: 'motherload.dev/v1alpha1', kind: 'DumpIngestion', name, uid, controller: true };
    const labels = { [LABELS.ingestion]: name, [LABELS.run]: uid };
    const one = (table: RunReport['tables'][number], index: number) =>
      this.#write(
        'tableingestions',
        {
          ...{ apiVersion: 'motherload.dev/v1alpha1', kind: 'TableIngestion' },
          metadata: { name: `${name}-${index}`, labels, ownerReferences: [owner] },
          spec: { ...table.spec, ingestionName: name },
        },
        table.status,
      );
    await Promise.all(tables.map(one));
    return uid;
  }

  async status(name: string): Promise<DumpIngestionStatus> {
    return JSON.parse(await this.plane.kubectl(['get', 'di', name, '-o', 'jsonpath={.status}'])) as DumpIngestionStatus;
  }

  async spec(name: string): Promise<Fields> {
    return JSON.parse(await this.plane.kubectl(['get', 'di', name, '-o', 'jsonpath={.spec}'])) as Fields;
  }

  async #write(plural: string, object: object, status: object): Promise<{ metadata: { name: string; uid: string } }> {
    const made = await this.#requests.send<{ metadata: { name: string; uid: string } }>(
      'POST',
      `${RESOURCES}/${plural}`,
      object,
    );
    return await this.#requests.send('PUT', `${RESOURCES}/${plural}/${made.metadata.name}/status`, { ...made, status });
  }
}
