import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCustomResourceDefinition, openApiSchemaOf, type JsonSchema } from '../../../crds/contract/schema.ts';
import { problemsOf, read } from './problems.ts';

const text = (spec = '', template = '', name = 'nightly') => `
apiVersion: motherload.dev/v1alpha1
kind: ScheduledDumpIngestion
metadata: { name: ${name} }
spec:
  schedule: '0 2 * * *'
${spec}
  ingestionTemplate:
    spec:
      source: { volume: { persistentVolumeClaim: { claimName: dumps } } }
      target: { databaseSecretRef: { name: database } }
${template}
`;

describe('the manifest of a schedule', () => {
  it('has the defaults of a schedule, and those of a DumpIngestion in its template', () => {
    const [schedule] = read(text()).schedules;
    const { ingestionTemplate, ...spec } = schedule?.spec ?? assert.fail('no schedule');
    assert.deepEqual(spec, {
      ...{ schedule: '0 2 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid', suspend: false },
      ...{ successfulRunsHistoryLimit: 3, failedRunsHistoryLimit: 1 },
    });
    assert.equal(ingestionTemplate.spec.loading.maxParallelJobs, 2);
    assert.equal(ingestionTemplate.spec.format.preset, 'reference');
  });

  const REFUSED: [title: string, text: string, message: RegExp][] = [
    [
      'a time zone that does not exist',
      text('  timeZone: Europe/Berlln'),
      /spec\.timeZone: the time zone "Europe\/Berlln" is not/,
    ],
    ['a day that never comes', text().replace('0 2 * * *', '0 2 31 2 *'), /spec\.schedule: .* it never comes/],
    ['a field that does not exist', text('  jobTemplate: {}'), /unknown field "jobTemplate"/],
    [
      'a name that leaves no room for those of runs',
      text('', '', 'n'.repeat(53)),
      /metadata\.name must have at most 52/,
    ],
    [
      "a rule of a DumpIngestion's, by the path in the template",
      text('', '      format: { delimiter: x }'),
      /spec\.ingestionTemplate\.spec\.format\.delimiter must be ASCII/,
    ],
    [
      'a format that contradicts its preset',
      text('', '      format: { preset: csv, quote: "," }'),
      /spec\.ingestionTemplate\.spec\.format\.quote: .* \(preset: csv\)/,
    ],
    [
      'a field of the template with a typo',
      text('', '      sauce: {}'),
      /spec\.ingestionTemplate\.spec: unknown field "sauce"/,
    ],
    ['two schedules of one name', `${text()}---${text()}`, /ScheduledDumpIngestion default\/nightly is defined twice/],
  ];
  for (const [title, manifest, message] of REFUSED) {
    it(`is refused for ${title}`, () => assert.match(problemsOf(manifest), message));
  }

  it('may have the name of a DumpIngestion', () => {
    const ingestion = text()
      .replace('Scheduled', '')
      .replace(/spec:\n.*\n\n {2}ingestionTemplate:\n {4}spec:/, 'spec:')
      .replaceAll('      ', '  ');
    const { ingestions, schedules } = read(`${text()}---${ingestion}`);
    assert.deepEqual([ingestions.length, schedules.length], [1, 1]);
  });
});

describe('the schema of a template', () => {
  const specOf = (schema: JsonSchema) => schema.properties?.['spec'] ?? {};
  const ingestion = specOf(openApiSchemaOf(readCustomResourceDefinition('DumpIngestion')));
  const schedule = specOf(openApiSchemaOf(readCustomResourceDefinition('ScheduledDumpIngestion')));
  const template = specOf(schedule.properties?.['ingestionTemplate'] ?? {});
  const rules = (schema: JsonSchema) =>
    JSON.stringify(schema, (key, value: unknown) => (key === 'message' ? undefined : value));
  const rulesIn = (schema: JsonSchema): string[] =>
    [...rules(schema).matchAll(/"rule":"((?:[^"\\]|\\.)*)"/g)].map(([, rule = '']) => rule);

  it('is that of a DumpIngestion, without the rules of what is immutable', () => {
    const isTransition = (rule: string) => /\boldSelf\b/.test(rule);
    assert.deepEqual(
      rulesIn(template),
      rulesIn(ingestion).filter((rule) => !isTransition(rule)),
    );
    assert(rulesIn(ingestion).some(isTransition));
    const fields = ({ properties = {} }: JsonSchema) => Object.keys(properties);
    assert.deepEqual(fields(template), fields(ingestion));
    assert.deepEqual(template.required, ingestion.required);
  });

  it('leaves the schema of a DumpIngestion as it is', () => {
    const again = specOf(openApiSchemaOf(readCustomResourceDefinition('DumpIngestion')));
    assert.deepEqual(ingestion, again);
    assert(!JSON.stringify(ingestion).includes('ingestionTemplate'));
  });
});
