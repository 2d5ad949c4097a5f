/** Writes docs/conditions.md from the operator's lists: `node docs/generate-conditions.ts`. A test checks that it is up to date. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE_REASONS } from '../crds/contract/catalogue-reasons.ts';
import { CONDITIONS, SCHEDULE_CONDITIONS } from '../crds/contract/names.ts';
import { REASONS } from '../operator/decide/reasons.ts';
import { SCHEDULE_REASONS } from '../operator/schedule/reasons.ts';

export const CONDITIONS_FILE = join(import.meta.dirname, 'conditions.md');

const HEADER = `<!-- Generated from crds/contract/, operator/decide/reasons.ts and operator/schedule/reasons.ts by docs/generate-conditions.ts. Do not edit. -->
# Conditions, reasons and events

\`kubectl describe di NAME\` shows them. Conditions and reasons are stable and meant for programs; messages are meant for people.
\`kubectl wait --for=condition=Complete di/NAME\` waits for success, \`--for=condition=Failed\` for failure.

| condition | True when |
| --- | --- |
`;

const CATALOGUE_REASONS_HEADER = `
A TableIngestion has Progressing, Complete and Failed. Its reasons are those below, the reason of its catalogue entry (\`spec.reason\`), or
the code of the error that stopped it ([troubleshooting.md](troubleshooting.md)).

## Reasons of catalogue entries
The reason of a table that cannot be loaded is the code of its error.

| reason | meaning |
| --- | --- |
`;

const REASONS_HEADER = `
## Reasons
When a condition changes to a reason with an event, the event is recorded on the DumpIngestion. A repeated event increases the count of the
first one.

| reason | event | meaning |
| --- | --- | --- |
`;

const FOOTER = `
## What blocks a run
Progressing is then false with one of these reasons, within seconds, and the message is that of Kubernetes. The run has not failed: it
continues on its own once the cause is removed. The events are warnings. If another table is being loaded in the meantime, Progressing stays
true and only the message shows the problem.

| reason | meaning | what to do |
| --- | --- | --- |
| \`Unschedulable\` | No node is suitable for the pod, or its PersistentVolumeClaim does not exist. | Read the message; change \`spec.jobTemplate\`, add nodes, or create the claim. |
| \`ErrImagePull\`, \`ImagePullBackOff\`, \`InvalidImageName\` | The runner's image cannot be pulled. | Check the image in the chart's values, and \`spec.jobTemplate.imagePullSecrets\`. |
| \`FailedMount\`, \`FailedAttachVolume\` | A volume cannot be mounted, or a Secret or ConfigMap that the manifest names, or its key, does not exist. | Read the message; create it. |
| \`FailedCreate\` | The Job cannot create its pod: the ServiceAccount or PriorityClass does not exist, or a policy rejects the pod. | Read the message. |
| \`QuotaExceeded\` | The Job, its pod or a TableIngestion exceeds a ResourceQuota. | Wait, or raise the quota. |
| \`NamespaceTerminating\` | The namespace is being deleted. | Nothing: the DumpIngestion is deleted, too; loaded tables are kept. |
| \`Invalid\`, \`BadRequest\`, \`Forbidden\` | The apiserver or an admission policy rejects the Job. | Change \`spec.jobTemplate\` as the message says. |
| \`WebhookFailed\` | An admission webhook for Jobs or TableIngestions does not respond. | Fix the webhook in the message. |
| \`TableNameTaken\` | A TableIngestion with the name of one of the run's exists and does not belong to the run, or its owner was removed. | Delete that TableIngestion. |
| \`JobNameTaken\` | A Job with the name of the run's Job exists and does not belong to the run, or its labels or owner were removed. | Delete that Job. |
| \`HostPathNotAllowed\` | This installation does not allow \`spec.source.volume.hostPath\`. | Use a PersistentVolumeClaim, or ask the administrator. |
| \`MetadataNotAllowed\` | This installation does not allow a label or an annotation in \`spec.jobTemplate\`. | Remove it, or ask the administrator to add it to \`runner.allowedLabels\` or \`runner.allowedAnnotations\`. |
| \`TaskTooLarge\` | \`spec.motherTables.definitions\` is too long for a Job. | Create these mother tables in the database beforehand. |
`;

const SCHEDULE_HEADER = `
## Schedules
A ScheduledDumpIngestion (\`kubectl describe sdi NAME\`) has conditions of its own; see [schedules.md](schedules.md).

| condition | True when |
| --- | --- |
`;

const SCHEDULE_REASONS_HEADER = `
If a run cannot be created, Ready is false, and Late is true after a minute, with Kubernetes' reason, such as \`QuotaExceeded\` or \`Invalid\`. It is
tried again every ten seconds.

| reason | event | meaning |
| --- | --- | --- |
`;

export function renderConditionsPage(): string {
  return [
    ...[HEADER, ...namedTexts(CONDITIONS)],
    ...[CATALOGUE_REASONS_HEADER, ...namedTexts(CATALOGUE_REASONS)],
    ...[REASONS_HEADER, ...reasonRows(REASONS), FOOTER],
    ...[SCHEDULE_HEADER, ...namedTexts(SCHEDULE_CONDITIONS)],
    ...[SCHEDULE_REASONS_HEADER, ...reasonRows(SCHEDULE_REASONS)],
  ].join('');
}

function reasonRows(reasons: Readonly<Record<string, { readonly event?: string; readonly text: string }>>): string[] {
  return Object.entries(reasons).map(([reason, { text, event = '' }]) => `| \`${reason}\` | ${event} | ${text} |\n`);
}

function namedTexts(list: Readonly<Record<string, string>>): string[] {
  return Object.entries(list).map(([name, text]) => `| \`${name}\` | ${text} |\n`);
}

if (import.meta.main) writeFileSync(CONDITIONS_FILE, renderConditionsPage());
