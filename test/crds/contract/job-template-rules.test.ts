import { describe } from 'node:test';
import { refusesEach, template, type BrokenRule } from './problems.ts';

const BROKEN_RULES: readonly BrokenRule[] = [
  [
    'a label of no domain',
    template('labels: { "Example/team": a }'),
    /labels: a label's name must be \[domain\/\]name/,
  ],
  ['a label with too long a name', template(`labels: { ${'x'.repeat(64)}: a }`), /labels: a label's name must be/],
  [
    "a label of Motherload's",
    template('labels: { motherload.dev/task: Load }'),
    /reserved for Motherload and Kubernetes/,
  ],
  ['a standard label', template('labels: { app.kubernetes.io/name: other }'), /reserved for Motherload and Kubernetes/],
  [
    "a label of the Job controller's",
    template('labels: { batch.kubernetes.io/job-name: other }'),
    /reserved for Motherload and Kubernetes/,
  ],
  [
    'the label of the queue',
    template('labels: { kueue.x-k8s.io/queue-name: loads }'),
    /the queue is set in spec\.queueName/,
  ],
  [
    'an annotation without a name',
    template('annotations: { "example.com/": a }'),
    /annotations: an annotation's name must be/,
  ],
  [
    "an annotation of Motherload's",
    template('annotations: { motherload.dev/template: a }'),
    /security profiles of runner pods/,
  ],
  [
    'a security profile',
    template('annotations: { container.apparmor.security.beta.kubernetes.io/runner: unconfined }'),
    /security profiles of runner pods/,
  ],
  [
    'a value for Exists',
    template('tolerations: [{ key: a, operator: Exists, value: b }]'),
    /Exists must not have a value/,
  ],
  ['a toleration of everything that says Equal', template('tolerations: [{ value: b }]'), /requires operator: Exists/],
  [
    'seconds of no NoExecute',
    template('tolerations: [{ key: a, effect: NoSchedule, tolerationSeconds: 5 }]'),
    /tolerationSeconds requires effect: NoExecute/,
  ],
  [
    "a priority class of the cluster's own pods",
    template('priorityClassName: system-node-critical'),
    /reserved for the cluster's own pods/,
  ],
];

describe('a CEL rule of spec.jobTemplate', () => {
  refusesEach(BROKEN_RULES);
});
