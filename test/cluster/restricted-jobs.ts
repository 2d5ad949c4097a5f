import type { Cluster } from './cluster.ts';

type Fields = Record<string, unknown>;

/** A namespace that enforces the restricted standard, and Jobs in it whose pods meet that standard and run scripts in the runner's image. */
export class RestrictedJobs {
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #image: string;

  private constructor(cluster: Cluster, namespace: string, image: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#image = image;
  }

  static async create(cluster: Cluster, namespace: string, image: string): Promise<RestrictedJobs> {
    const jobs = new RestrictedJobs(cluster, namespace, image);
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await jobs.apply({ kind: 'Namespace', metadata: { name: namespace, labels } });
    return jobs;
  }

  async apply(resource: Fields): Promise<void> {
    await this.#cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', ...resource }));
  }

  podSpec(script: string, more: Fields = {}, container: Fields = {}): Fields {
    return {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'runner',
          image: this.#image,
          imagePullPolicy: 'Never',
          command: ['node', '--input-type=module', '--eval', script],
          workingDir: '/app',
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          ...container,
        },
      ],
      ...more,
    };
  }

  /** Runs the pod as a Job, and returns its output and its termination message. */
  async run(name: string, spec: Fields): Promise<{ log: string; result: string }> {
    await this.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: this.#namespace },
      spec: { backoffLimit: 0, template: { spec } },
    });
    await this.#kubectl('wait', `job/${name}`, '--for=jsonpath={.status.conditions[*].type}', '--timeout=300s');
    return { log: await this.#kubectl('logs', `job/${name}`), result: await this.terminated(name, 'message') };
  }

  /** A field of how the Job's pod ended. */
  terminated(name: string, field: 'exitCode' | 'message'): Promise<string> {
    const path = `jsonpath={.items[0].status.containerStatuses[0].state.terminated.${field}}`;
    return this.#kubectl('get', 'pods', '-l', `job-name=${name}`, '-o', path);
  }

  #kubectl(...parameters: string[]): Promise<string> {
    return this.#cluster.kubectl(['-n', this.#namespace, ...parameters]);
  }
}
