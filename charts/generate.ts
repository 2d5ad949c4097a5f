/**
 * Writes the generated parts of the chart: the CRDs, the operator's RBAC rules, the table of values, the schema of Jobs, the dashboard.
 * `node charts/generate.ts`; a test checks that all of them are up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { RESOURCE_KINDS } from '../crds/contract/schema.ts';
import {
  definitionText,
  renderCustomResourceDefinition,
  renderJobTemplateSchema,
} from './generator/custom-resources.ts';
import { renderDashboard } from './generator/dashboard.ts';
import { renderRules } from './generator/rules.ts';
import { renderValuesTable } from './generator/values-table.ts';

const root = join(import.meta.dirname, '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const CHART = 'charts/motherload';

/** The text of each file that is generated, partly or completely, by its path relative to the repository. */
export async function renderChartFiles(): Promise<Record<string, string>> {
  const customResources = RESOURCE_KINDS.map((kind) => [
    `${CHART}/templates/crds/${kind.toLowerCase()}.yaml`,
    renderCustomResourceDefinition(kind.toLowerCase(), definitionText(kind)),
  ]);
  const schema = await renderJson(`${CHART}/values.schema.json`, withJobTemplate(read(CHART, 'values.schema.json')));
  return {
    ...(Object.fromEntries(customResources) as Record<string, string>),
    [`${CHART}/templates/_rules.tpl`]: renderRules(read('docs', 'rbac.md')),
    [`${CHART}/files/dashboard.json`]: await renderJson(`${CHART}/files/dashboard.json`, renderDashboard()),
    [`${CHART}/values.schema.json`]: schema,
    [`${CHART}/README.md`]: withTable(read(CHART, 'README.md'), renderValuesTable(read(CHART, 'values.yaml'), schema)),
  };
}

function withJobTemplate(schemaText: string): object {
  const schema = JSON.parse(schemaText) as { $defs: object };
  const $comment = 'Generated from spec.jobTemplate of crds/dumpingestion.yaml by charts/generate.ts. Do not edit.';
  return { ...schema, $defs: { ...schema.$defs, jobTemplate: { $comment, ...renderJobTemplateSchema() } } };
}

function withTable(readme: string, table: string): string {
  const between = /(<!-- Generated from values.yaml .*? -->\n).*(\n<!-- End of the generated part. -->)/s;
  if (!between.test(readme)) throw new Error(`${CHART}/README.md has no markers for the table of values`);
  return readme.replace(between, (_, begin: string, end: string) => `${begin}${table}${end}`);
}

async function renderJson(path: string, value: object): Promise<string> {
  const filepath = join(root, path);
  return await format(JSON.stringify(value), { ...(await resolveConfig(filepath)), filepath });
}

if (import.meta.main)
  for (const [path, text] of Object.entries(await renderChartFiles())) writeFileSync(join(root, path), text);
