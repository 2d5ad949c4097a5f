import { escapeTemplate } from './template-text.ts';

const NAMES = ['motherload.operatorRules', 'motherload.leaderElectionRules', 'motherload.metricsAuthenticationRules'];

/** The YAML blocks in docs/rbac.md as named templates. */
export function renderRules(markdown: string): string {
  const blocks = [...markdown.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml);
  if (blocks.length !== NAMES.length)
    throw new Error(
      'docs/rbac.md must have three YAML blocks: the rules of the operator, of the leader election and of who may read metrics',
    );
  const defined = NAMES.map(
    (name, index) => `{{- define "${name}" -}}\n${escapeTemplate(blocks[index]?.trimEnd() ?? '')}\n{{- end }}\n`,
  );
  return ['{{/* Generated from docs/rbac.md by charts/generate.ts. Do not edit. */}}\n', ...defined].join('');
}
