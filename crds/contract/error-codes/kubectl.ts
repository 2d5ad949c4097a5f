import type { ErrorEntry } from './error-entry.ts';

/** Of `kubectl motherload`, which asks the cluster through kubectl. */
export const KUBECTL_ERRORS = {
  KubectlMissing: {
    kind: 'Manifest',
    text: 'The program kubectl is not found. [Install it](https://kubernetes.io/docs/tasks/tools/), or add its folder to `PATH`.',
  },
  KubectlRefused: {
    kind: 'Manifest',
    text: 'The request was refused by kubectl itself, for example since the kubeconfig has no such context or its login has expired. The message is its own.',
  },
  ClusterUnreachable: {
    kind: 'Transient',
    text: 'The apiserver cannot be reached by kubectl. Check `--context`, `--kubeconfig` and the network with `kubectl version`.',
  },
  ClusterForbidden: {
    kind: 'Manifest',
    text: 'Your account lacks a right in this namespace; the message names it. Ask whoever administers the cluster for it.',
  },
  CrdsMissing: {
    kind: 'Manifest',
    text: 'The cluster has no DumpIngestions. Install the operator with its chart, or choose another cluster with `--context`.',
  },
  NoSuchIngestion: {
    kind: 'Manifest',
    text: 'The namespace has no DumpIngestion of this name. `kubectl get di -A` lists those of all namespaces.',
  },
  NoSuchTable: {
    kind: 'Manifest',
    text: '`kubectl motherload logs` was given a table that the DumpIngestion does not have, or several have that name. Give the name of its version table.',
  },
  NoLog: {
    kind: 'Manifest',
    text: 'There is no log: the Job has not been created, or it was deleted after its end (`spec.jobTemplate.ttlSecondsAfterFinished`), or the table needs none.',
  },
  DropsTables: {
    kind: 'Manifest',
    text: '`kubectl motherload retry --all` would drop what is loaded, since `spec.motherTables.policy` is `Recreate` or `Purge`. Add `--yes` if that is wanted.',
  },
} as const satisfies Record<string, ErrorEntry>;
