/** Writes docs/conditions.md from the operator's lists: `node docs/generate-conditions.ts`. A test proves that it is fresh. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE_REASONS } from '../crds/contract/catalogue-reasons.ts';
import { CONDITIONS } from '../crds/contract/names.ts';
import { REASONS } from '../operator/decide/reasons.ts';

export const CONDITIONS_FILE = join(import.meta.dirname, 'conditions.md');

const HEADER = `<!-- Generated from crds/contract/ and operator/decide/reasons.ts by docs/generate-conditions.ts. Do not edit. -->
# Conditions, reasons and events

\`kubectl describe di NAME\` shows them. Conditions and their reasons are stable and meant for programs; messages are meant for people.
\`kubectl wait --for=condition=Complete di/NAME\` waits for success, \`--for=condition=Failed\` for failure.

| condition | True when |
| --- | --- |
`;

const CATALOGUE_REASONS_HEADER = `
A TableIngestion has Progressing, Complete and Failed. Their reasons are those below, that of the catalogue entry (\`spec.reason\`), or the code
of the error that stopped the table ([troubleshooting.md](troubleshooting.md)).

## Reasons of catalogue entries
The reason of a table that cannot be loaded is the code of its error.

| reason | meaning |
| --- | --- |
`;

const REASONS_HEADER = `
## Reasons
A reason with an event is recorded as an event on the DumpIngestion when a condition takes it on; repeated events are counted on the first one.

| reason | event | meaning |
| --- | --- | --- |
`;

const FOOTER = `
## What blocks a run
If something keeps a run from continuing, Progressing becomes False within seconds, with one of these reasons and the message of Kubernetes.
Nothing has failed: the run continues by itself once the cause is gone. These events are warnings. While another table is being loaded,
Progressing stays True and only its message says so.

| reason | what it means | what to do |
| --- | --- | --- |
| \`Unschedulable\` | No node accepts the pod, or its PersistentVolumeClaim is missing. | Read the message; change \`spec.jobTemplate\`, add nodes, or create the claim. |
| \`ErrImagePull\`, \`ImagePullBackOff\`, \`InvalidImageName\` | The runner's image cannot be pulled. | Check the image in the chart's values, and \`spec.jobTemplate.imagePullSecrets\`. |
| \`CreateContainerConfigError\` | The Secret of \`spec.target.databaseSecretRef\`, or its key, is missing. | Create it. |
| \`FailedMount\`, \`FailedAttachVolume\` | A volume cannot be mounted, or the ConfigMap of a type map is missing. | Read the message. |
| \`FailedCreate\` | The Job cannot create its pod: the ServiceAccount or PriorityClass does not exist, or a policy refuses the pod. | Read the message. |
| \`QuotaExceeded\` | A ResourceQuota has no room for the Job, its pod or a TableIngestion. | Wait, or raise the quota. |
| \`NamespaceTerminating\` | The namespace is being deleted. | Nothing: the DumpIngestion is deleted with it; loaded tables stay. |
| \`Invalid\`, \`BadRequest\`, \`Forbidden\` | The apiserver, or a policy in it, refuses the Job. | Change \`spec.jobTemplate\` as the message says. |
| \`WebhookFailed\` | An admission webhook for Jobs or TableIngestions does not respond. | Fix the webhook that the message names. |
| \`JobNameTaken\` | A Job with the name of the run's Job exists that is not the run's, or that lost its labels or its owner. | Delete that Job. |
| \`HostPathNotAllowed\` | This installation does not allow \`spec.source.volume.hostPath\`. | Use a PersistentVolumeClaim, or ask the administrator. |
| \`TaskTooLarge\` | \`spec.motherTables.definitions\` is too large for a Job. | Create these mother tables in the database. |
`;

export function renderConditionsPage(): string {
  const reasons = Object.entries(REASONS).map(([reason, { text, ...more }]) => {
    const event = 'event' in more ? more.event : '';
    return `| \`${reason}\` | ${event} | ${text} |\n`;
  });
  return [
    ...[HEADER, ...namedTexts(CONDITIONS)],
    ...[CATALOGUE_REASONS_HEADER, ...namedTexts(CATALOGUE_REASONS)],
    ...[REASONS_HEADER, ...reasons, FOOTER],
  ].join('');
}

function namedTexts(list: Readonly<Record<string, string>>): string[] {
  return Object.entries(list).map(([name, text]) => `| \`${name}\` | ${text} |\n`);
}

if (import.meta.main) writeFileSync(CONDITIONS_FILE, renderConditionsPage());
