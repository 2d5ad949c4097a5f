import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type {
  V1ClusterRole,
  V1ConfigMap,
  V1CustomResourceDefinition,
  V1Deployment,
  V1NetworkPolicy,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1RoleBinding,
  V1Service,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { buildProgram } from '../cluster/binaries.ts';
import { runCommand } from '../cluster/commands.ts';

export const CHART = join(import.meta.dirname, '..', '..', 'charts', 'motherload');

/** The fields of the Prometheus Operator's objects that tests read. */
export interface MonitoringObject {
  spec: {
    endpoints?: Record<string, unknown>[];
    selector?: { matchLabels: Record<string, string> };
    groups?: { rules: { alert: string; expr: string }[] }[];
  };
}

/** The fields of cert-manager's Certificate that tests read. */
interface CertificateObject {
  spec: { secretName: string; dnsNames: string[]; issuerRef: object };
}

interface Kinds {
  Certificate: CertificateObject;
  ClusterRole: V1ClusterRole;
  ClusterRoleBinding: V1RoleBinding;
  ConfigMap: V1ConfigMap;
  CustomResourceDefinition: V1CustomResourceDefinition;
  Deployment: V1Deployment;
  NetworkPolicy: V1NetworkPolicy;
  Pod: V1Pod;
  PodDisruptionBudget: V1PodDisruptionBudget;
  PrometheusRule: MonitoringObject;
  Role: V1ClusterRole;
  RoleBinding: V1RoleBinding;
  Service: V1Service;
  ServiceAccount: V1ServiceAccount;
  ServiceMonitor: MonitoringObject;
}
type KubernetesObject = { kind: keyof Kinds; metadata: V1ObjectMeta };

export class Rendered {
  readonly objects: readonly KubernetesObject[];

  constructor(yaml: string) {
    this.objects = (loadAll(yaml) as (KubernetesObject | null)[]).filter((object) => object !== null);
  }

  all<Kind extends keyof Kinds>(kind: Kind): (Kinds[Kind] & { metadata: V1ObjectMeta })[] {
    return this.objects.filter((object) => object.kind === kind) as unknown as (Kinds[Kind] & {
      metadata: V1ObjectMeta;
    })[];
  }

  /** The one object of the kind. */
  the<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind] & { metadata: V1ObjectMeta } {
    const [object, ...others] = this.all(kind);
    if (object === undefined || others.length > 0)
      throw new Error(`there are ${others.length + (object ? 1 : 0)} objects of kind ${kind}`);
    return object;
  }

  /** The operator's container, and its environment variables by name. */
  get operator() {
    const template = this.the('Deployment').spec?.template;
    const [container] = template?.spec?.containers ?? [];
    if (template?.spec === undefined || container === undefined) throw new Error('the Deployment has no container');
    const environment = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
    return { metadata: template.metadata ?? {}, pod: template.spec, container, environment };
  }
}

/** The objects that Helm would install with these values, as a release in the namespace `motherload-system`. */
export async function render(values: object = {}, release = 'motherload'): Promise<Rendered> {
  return new Rendered(
    await runHelm(['template', release, CHART, '--namespace', 'motherload-system', '--values', '-'], values),
  );
}

/** The notes that Helm prints after an installation with these values. */
export async function renderNotes(values: object = {}): Promise<string> {
  const command = [
    'install',
    'motherload',
    CHART,
    '--namespace',
    'motherload-system',
    '--dry-run=client',
    '--values',
    '-',
  ];
  return (await runHelm(command, values)).split('\nNOTES:\n')[1] ?? '';
}

export async function runHelm(parameters: readonly string[], values: object = {}): Promise<string> {
  return await runCommand([await buildProgram('helm'), ...parameters], { input: JSON.stringify(values) });
}
