import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { ManifestError } from '../crds/contract/errors.ts';
import { readJobTemplate, type JobTemplate } from '../crds/contract/manifest.ts';
import { UNPACKER_VARIABLE } from '../crds/contract/task.ts';
import type { JobSettings } from './build/job-template.ts';
import { SERVICE_ACCOUNT_FOLDER } from './kubernetes/client/access.ts';

/** The operator's options. */
export interface Options {
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  readonly jobs: JobSettings;
  /** Undefined: this is the only replica. */
  readonly leaderElection: { readonly namespace: string; readonly name: string; readonly identity: string } | undefined;
  /** For /healthz, /readyz and /metrics; 0: any free port. */
  readonly port: number;
  /** Undefined: /metrics is served there, by http and to everybody. */
  readonly secureMetrics:
    { readonly port: number; readonly certificateFolder: string; readonly authentication: boolean } | undefined;
  /** DumpIngestions reconciled at the same time. */
  readonly concurrency: number;
  readonly serviceAccountFolder: string;
}

/** Each is `--name VALUE` on the command line, or MOTHERLOAD_NAME in the environment; the command line takes precedence. */
export const OPTIONS = {
  namespaces: { default: '', text: 'namespaces to watch, separated by commas; empty: all' },
  'runner-image': { default: undefined, text: 'image of the runner pods' },
  'runner-image-pull-policy': { default: 'IfNotPresent', text: 'Always, IfNotPresent or Never' },
  'job-template': {
    default: '{}',
    text: 'defaults for fields that manifests do not set in spec.jobTemplate, as YAML or JSON; resources and ttlSecondsAfterFinished have built-in defaults',
  },
  'allow-host-path': { default: 'false', text: 'true: manifests may use hostPath volumes' },
  'allowed-labels': {
    default: '',
    text: 'labels that manifests may set in spec.jobTemplate, separated by commas; a * at the end stands for the rest of a name, for example example.com/*',
  },
  'allowed-annotations': { default: '', text: 'annotations that manifests may set there' },
  records: {
    default: 'Hidden',
    text: "Shown: values of dumps may be in statuses, events and logs, unless a manifest's spec.privacy.records is Hidden; Hidden: only where it is Shown",
  },
  'leader-election': { default: 'true', text: 'false: this is the only replica' },
  'leader-election-namespace': { default: '', text: "namespace of the Lease; empty: the pod's namespace" },
  'leader-election-name': { default: 'motherload-operator', text: 'name of the Lease' },
  port: { default: '8080', text: 'port of /healthz, /readyz and /metrics' },
  'metrics-certificate-folder': {
    default: '',
    text: 'folder with tls.crt and tls.key: /metrics is served by https on a port of its own; empty: by http beside /healthz',
  },
  'metrics-port': { default: '8443', text: 'port of /metrics by https' },
  'metrics-authentication': {
    default: 'false',
    text: 'true: only accounts of the cluster that may get the URL /metrics can read it; requires metrics-certificate-folder',
  },
  concurrency: { default: '4', text: 'DumpIngestions reconciled at the same time' },
  'service-account-folder': {
    default: SERVICE_ACCOUNT_FOLDER,
    text: "directory of the service account's ca.crt and token in the pod; ignored if KUBECONFIG is set",
  },
} as const satisfies Record<string, { readonly default: string | undefined; readonly text: string }>;

/** Port 0 is one that is free. */
const MAX_PORT = 65_535;
/** As in the chart; without a worker nothing would ever be reconciled. */
const MAX_CONCURRENCY = 100;

/** A runner's needs do not grow with the size of its table. A Job's result is in the status long before the Job is deleted. */
const JOB_TEMPLATE: JobTemplate = {
  resources: { requests: { cpu: '500m', memory: '192Mi' }, limits: { memory: '512Mi' } },
  ttlSecondsAfterFinished: 3600,
};

type OptionName = keyof typeof OPTIONS;

export function readOptions(
  parameters: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Options {
  const given = parse(parameters);
  const text = (name: OptionName): string => {
    const value = given[name] ?? environment[variableOf(name)] ?? OPTIONS[name].default;
    if (value === undefined) throw invalid(name, 'is required');
    return value;
  };
  const namespace = text('leader-election-namespace') || environment['POD_NAMESPACE'] || 'default';
  const unpacker = environment[UNPACKER_VARIABLE] ?? '';
  const identity = environment['POD_NAME'] ?? `${hostname()}-${process.pid}`;
  return {
    namespaces: list(text('namespaces')),
    jobs: { ...readJobSettings(text), ...(unpacker === '' ? {} : { unpacker }) },
    leaderElection: flag('leader-election', text)
      ? { namespace, name: text('leader-election-name'), identity }
      : undefined,
    port: integer('port', text, 0, MAX_PORT),
    secureMetrics: readSecureMetrics(text),
    concurrency: integer('concurrency', text, 1, MAX_CONCURRENCY),
    serviceAccountFolder: text('service-account-folder'),
  };
}

export function variableOf(name: string): string {
  return `MOTHERLOAD_${name.toUpperCase().replaceAll('-', '_')}`;
}

type Text = (name: OptionName) => string;

function readJobSettings(text: Text): JobSettings {
  const policy = text('runner-image-pull-policy');
  if (policy !== 'Always' && policy !== 'IfNotPresent' && policy !== 'Never') {
    throw invalid('runner-image-pull-policy', `must be Always, IfNotPresent or Never, not ${policy}`);
  }
  return {
    runnerImage: text('runner-image'),
    imagePullPolicy: policy,
    records: records(text),
    allowHostPath: flag('allow-host-path', text),
    allowedLabels: list(text('allowed-labels')),
    allowedAnnotations: list(text('allowed-annotations')),
    jobTemplate: { ...JOB_TEMPLATE, ...readJobTemplate(text('job-template')) },
  };
}

function readSecureMetrics(text: Text): Options['secureMetrics'] {
  const certificateFolder = text('metrics-certificate-folder');
  const authentication = flag('metrics-authentication', text);
  if (certificateFolder !== '')
    return { port: integer('metrics-port', text, 0, MAX_PORT), certificateFolder, authentication };
  // By http, whoever is in between could read the token and use it.
  if (authentication) throw invalid('metrics-authentication', 'requires --metrics-certificate-folder');
  return undefined;
}

function records(text: Text): JobSettings['records'] {
  const value = text('records');
  if (value !== 'Shown' && value !== 'Hidden') throw invalid('records', `must be Shown or Hidden, not ${value}`);
  return value;
}

function parse(parameters: readonly string[]): Partial<Record<OptionName, string>> {
  const options = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...parameters], options, strict: true }).values;
  } catch (error) {
    throw new ManifestError('InvalidOption', error instanceof Error ? error.message : String(error));
  }
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function flag(name: OptionName, text: Text): boolean {
  const value = text(name);
  if (value !== 'true' && value !== 'false') throw invalid(name, `must be true or false, not ${value}`);
  return value === 'true';
}

function integer(name: OptionName, text: Text, least: number, most: number): number {
  const value = text(name);
  const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (number >= least && number <= most) return number;
  throw invalid(name, `must be a whole number from ${least} to ${most}, not ${value}`);
}

function invalid(name: OptionName, what: string): ManifestError {
  return new ManifestError('InvalidOption', `--${name} (or ${variableOf(name)}) ${what}: ${OPTIONS[name].text}`);
}
