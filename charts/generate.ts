/**
 * Writes what the chart has from elsewhere: the CRDs, and the operator's rules from docs/rbac.md. `node charts/generate.ts`; a test proves
 * that all of it is fresh.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const chart = join(import.meta.dirname, 'motherload');

/** The text of each generated file, by its path. */
export function renderChartFiles(): Map<string, string> {
  const files = new Map([[join(chart, 'templates', '_rules.tpl'), renderRules(readFileSync(join(root, 'docs', 'rbac.md'), 'utf8'))]]);
  for (const kind of ['dumpingestion', 'tableingestion']) {
    const yaml = readFileSync(join(root, 'crds', `${kind}.yaml`), 'utf8');
    files.set(join(chart, 'templates', 'crds', `${kind}.yaml`), renderCustomResourceDefinition(kind, yaml));
  }
  return files;
}

/**
 * A template in place of a file in crds/, since Helm never upgrades those. The release owns the CRD; `keep` has its uninstallation leave it,
 * and the resources with it.
 */
function renderCustomResourceDefinition(kind: string, yaml: string): string {
  const head = /^metadata:\n {2}name: \S+\n/m;
  if (!head.test(yaml)) throw new Error(`crds/${kind}.yaml has no metadata with a name alone, which the chart's labels would follow`);
  const annotations = '{{- include "motherload.labelsAndAnnotations" (list . (include "motherload.keep" . | fromYaml)) | nindent 2 }}';
  return [
    `{{- /* Generated from crds/${kind}.yaml by charts/generate.ts. Do not edit. */}}`,
    '{{- if .Values.crds.install }}',
    `${escapeTemplate(yaml).replace(head, (found) => `${found}  ${annotations}\n`)}{{- end }}`,
    '',
  ].join('\n');
}

/** Text that Helm prints as it is. */
function escapeTemplate(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`);
}

function renderRules(markdown: string): string {
  const blocks = [...markdown.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);
  const names = ['motherload.operatorRules', 'motherload.leaderElectionRules'];
  if (blocks.length !== names.length)
    throw new Error(`docs/rbac.md must have two blocks of rules: the operator's and the leader election's`);
  const head = '{{/* Generated from docs/rbac.md by charts/generate.ts. Do not edit. */}}\n';
  const defined = names.map((name, index) => `{{- define "${name}" -}}\n${escapeTemplate(blocks[index] ?? '')}{{- end }}\n`);
  return [head, ...defined].join('');
}

if (import.meta.main) for (const [file, text] of renderChartFiles()) writeFileSync(file, text);
