/** Writes docs/conditions.md from the operator's lists: `node docs/generate-conditions.ts`. A test proves that it is fresh. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONDITIONS } from '../crds/contract/names.ts';
import { REASONS } from '../operator/decide/reasons.ts';

export const CONDITIONS_FILE = join(import.meta.dirname, 'conditions.md');

const HEADER = `<!-- Generated from crds/contract/names.ts and operator/decide/reasons.ts by docs/generate-conditions.ts. Do not edit. -->
# Conditions, reasons and events

\`kubectl describe di NAME\` shows them. Programs read conditions and their reasons, which are stable; messages are for people.
\`kubectl wait --for=condition=Complete di/NAME\` waits for a good end, \`--for=condition=Failed\` for the other one.

| condition | true when |
| --- | --- |
`;

const REASONS_HEADER = `
A TableIngestion has Progressing, Complete and Failed. Its reasons are those below, that of its catalogue entry (\`spec.reason\`), or the code of
the error that stopped it ([troubleshooting.md](troubleshooting.md)).

## Reasons
A reason with an event is told as one on the DumpIngestion when a condition takes it on; the same event again is counted on the first one.

| reason | event | meaning |
| --- | --- | --- |
`;

const FOOTER = `
## What keeps a run from going on
Then Progressing is false with one of these reasons, within seconds, and the message has the words of Kubernetes. Nothing has failed: the run
goes on by itself when the cause is gone. These events are warnings. Where another table is being loaded meanwhile, Progressing stays true
and only the message tells.

| reason | what it is | what to do |
| --- | --- | --- |
| \`Unschedulable\` | No node takes the pod, or its PersistentVolumeClaim is missing. | Read the message; change \`spec.jobTemplate\`, add nodes, or make the claim. |
| \`ErrImagePull\`, \`ImagePullBackOff\`, \`InvalidImageName\` | The runner's image cannot be pulled. | Check the image in the chart's values, and \`spec.jobTemplate.imagePullSecrets\`. |
| \`CreateContainerConfigError\` | The Secret of \`spec.target.databaseSecretRef\`, or its key, is missing. | Make it. |
| \`FailedMount\`, \`FailedAttachVolume\` | A volume cannot be mounted, or the ConfigMap of a type map is missing. | Read the message. |
| \`FailedCreate\` | The Job cannot make its pod: no such ServiceAccount or PriorityClass, or a policy refuses it. | Read the message. |
| \`QuotaExceeded\` | A ResourceQuota has no room for the Job, its pod or a TableIngestion. | Wait, or raise the quota. |
| \`NamespaceTerminating\` | The namespace is being deleted. | Nothing: the DumpIngestion goes, too; loaded tables stay. |
| \`Invalid\`, \`BadRequest\`, \`Forbidden\` | The apiserver, or a policy in it, refuses the Job. | Change \`spec.jobTemplate\` as the message says. |
| \`WebhookFailed\` | A webhook of the cluster that has a say in Jobs or TableIngestions does not answer. | Mend the webhook that the message names. |
| \`JobNameTaken\` | Somebody has made a Job of the name that the run's Job would have, or taken its labels or its owner away. | Delete that Job. |
| \`HostPathNotAllowed\` | \`spec.source.volume.hostPath\` is not allowed by this installation. | Use a PersistentVolumeClaim, or ask the administrator. |
| \`TaskTooLarge\` | \`spec.motherTables.definitions\` is too long for a Job. | Make these mother tables in the database beforehand. |
`;

export function renderConditionsPage(): string {
  const conditions = Object.entries(CONDITIONS).map(([type, text]) => `| \`${type}\` | ${text} |\n`);
  const reasons = Object.entries(REASONS).map(([reason, { text, ...more }]) => {
    const event = 'event' in more ? more.event : '';
    return `| \`${reason}\` | ${event} | ${text} |\n`;
  });
  return `${HEADER}${conditions.join('')}${REASONS_HEADER}${reasons.join('')}${FOOTER}`;
}

if (import.meta.main) writeFileSync(CONDITIONS_FILE, renderConditionsPage());
