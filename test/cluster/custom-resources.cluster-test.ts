import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { load } from 'js-yaml';
import { readManifests } from '../../crds/contract/manifest.ts';
import { readCustomResourceDefinition, RESOURCE_KINDS, type JsonSchema } from '../../crds/contract/schema.ts';
import { FULL_TEMPLATE } from '../crds/contract/full-template.ts';
import {
  dialect,
  dumpIngestion,
  inTemplate,
  scheduled,
  source,
  tableIngestion,
  target,
  template,
  type Fields,
} from './custom-resources.ts';
import { installDefinitions } from './operator-process.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { BROKEN_ARCHIVES } from './refused-archives.ts';
import { BROKEN, BROKEN_SCHEDULES, BROKEN_TABLES, FAILURE, IMMUTABLE } from './refused-resources.ts';

const BROKEN_SPECS = [...BROKEN, ...BROKEN_ARCHIVES];
const folder = mkdtempSync(join(tmpdir(), 'motherload-apiserver-'));
let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ folder });
  await installDefinitions(plane);
});
after(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the apiserver would store, or undefined with its message if it refuses; nothing is stored. */
async function create(resource: Fields): Promise<Fields> {
  return JSON.parse(
    await plane.kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], JSON.stringify(resource)),
  ) as Fields;
}
const refused = (resource: Fields, message: RegExp) => assert.rejects(create(resource), message);

describe('the apiserver', () => {
  it('accepts a minimal DumpIngestion and fills in the defaults', async () => {
    const { spec } = (await create(dumpIngestion())) as { spec: Record<string, Fields> };
    assert.equal(spec['format']?.['preset'], 'reference');
    assert.equal(spec['format']['delimiter'], undefined, 'the preset decides');
    assert.equal(spec['loading']?.['streamsPerTable'], 'Auto');
    assert.deepEqual(spec['source']?.['include'], ['**/*.zip']);
  });

  it('accepts a resource that satisfies every rule', async () => {
    await create(
      dumpIngestion({
        format: { quote: '"', escape: '\\', delimiter: ';', nullMarker: '' },
        loading: { streamsPerTable: 3 },
      }),
    );
    await create(dumpIngestion({ format: { quote: '' }, source: source({ path: 'a/b..c' }) }));
    await create(
      dumpIngestion({ format: { preset: 'csv', tables: [{ match: 'a*', delimiter: ';', header: false }] } }),
    );
    await create(dumpIngestion({ format: { dumpName: '{version}_{app}', schemaExtension: '.schema.dat' } }));
    await create(dumpIngestion({ format: { dumpName: 'dump-{version}.zip' } }));
    await create(tableIngestion());
    await create(tableIngestion({ decision: 'Fail', failure: FAILURE }));
  });

  it('accepts every field of a Job template as `motherload validate` does', async () => {
    const [valid] = readManifests([{ name: 'full.yaml', text: FULL_TEMPLATE }]).ingestions;
    const { spec } = await create(load(FULL_TEMPLATE) as Fields);
    assert.deepEqual(spec, valid?.spec);
  });

  for (const [messageStart, spec] of BROKEN_SPECS) {
    it(`refuses ${JSON.stringify(spec)}`, () => refused(dumpIngestion(spec), new RegExp(escaped(messageStart))));
  }

  for (const [messageStart, spec] of BROKEN_SPECS) {
    it(`refuses ${JSON.stringify(spec)} in the template of a schedule`, () =>
      refused(scheduled({}, spec), new RegExp(escaped(inTemplate(messageStart)))));
  }

  for (const [messageStart, resource] of BROKEN_SCHEDULES) {
    const { spec, metadata } = resource as Record<string, Fields>;
    it(`refuses the schedule ${JSON.stringify({ ...spec, ...metadata })}`, () =>
      refused(resource, new RegExp(escaped(messageStart))));
  }

  it('accepts schedules as people write them, and fills in their defaults and those of the template', async () => {
    for (const schedule of ['*/15 8-18 * JAN-MAR mon-fri', '@daily', ' 0\t2 * * ? ', '0 0 31 2 *', '5/15 * * * 7'])
      await create(scheduled({ schedule, timeZone: 'America/Argentina/Buenos_Aires' }));
    const { spec } = (await create(scheduled())) as { spec: Record<string, Record<string, Fields>> };
    const { ingestionTemplate, ...own } = spec;
    assert.deepEqual(own, {
      ...{ schedule: '0 2 * * *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid', suspend: false },
      ...{ successfulRunsHistoryLimit: 3, failedRunsHistoryLimit: 1 },
    });
    const { spec: ingestion } = (await create(dumpIngestion())) as { spec: Fields };
    assert.deepEqual(ingestionTemplate?.['spec'], ingestion);
  });

  it('accepts any change of a schedule and of its template, also of what is immutable in a DumpIngestion', async () => {
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(scheduled()));
    const changed = { target: target({ schema: 'other' }), format: { preset: 'csv' } };
    await plane.kubectl(['replace', '-f', '-'], JSON.stringify(scheduled({ schedule: '0 3 * * *' }, changed)));
    await plane.kubectl(['delete', 'sdi', 'nightly']);
  });

  for (const [messageStart, spec] of BROKEN_TABLES) {
    it(`refuses a TableIngestion with ${JSON.stringify(spec)}`, () =>
      refused(tableIngestion(spec), new RegExp(escaped(messageStart))));
  }

  it('refuses an unknown field, a wrong enum value and a number out of range, and names each', async () => {
    await refused(dumpIngestion({ extra: 1 }), /unknown field "spec\.extra"/);
    await refused(
      dumpIngestion({ loading: { onExisting: 'Overwrite' } }),
      /supported values: "Skip", "Replace", "Fail"/,
    );
    await refused(dumpIngestion({ loading: { maxParallelJobs: 0 } }), /should be greater than or equal to 1/);
  });

  for (const [messageStart, resource, changed] of IMMUTABLE) {
    it(`refuses a change where ${messageStart}`, async () => {
      await plane.kubectl(['apply', '-f', '-'], JSON.stringify(resource));
      try {
        const replaced = plane.kubectl(['replace', '--dry-run=server', '-f', '-'], JSON.stringify(changed));
        await assert.rejects(replaced, new RegExp(escaped(messageStart)));
      } finally {
        await plane.kubectl(['delete', '-f', '-'], JSON.stringify(resource));
      }
    });
  }

  it('accepts changes of mutable fields', async () => {
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(dumpIngestion()));
    const changed = {
      suspend: true,
      loading: { maxParallelJobs: 9 },
      queueName: 'loads',
      ...template({ labels: { team: 'data' } }),
    };
    await plane.kubectl(['replace', '-f', '-'], JSON.stringify(dumpIngestion(changed)));
    await plane.kubectl(['delete', 'di', 'nightly']);
  });

  it('has a test above for each CEL rule of the CRDs', () => {
    const covered = [...BROKEN_SPECS, ...BROKEN_TABLES, ...BROKEN_SCHEDULES, ...IMMUTABLE].map(([start]) => start);
    covered.push(...BROKEN_SPECS.map(([start]) => inTemplate(start)));
    const messages = RESOURCE_KINDS.flatMap((kind) => readCustomResourceDefinition(kind).spec.versions).flatMap(
      (version) => messagesOf(version.schema.openAPIV3Schema),
    );
    assert.deepEqual(
      messages.filter((message) => !covered.some((start) => message.startsWith(start))),
      [],
    );
  });
});

describe('kubectl', () => {
  it('applies the CRDs and resources again without changes (server-side apply)', async () => {
    const { spec } = load(FULL_TEMPLATE) as { spec: Fields };
    const manifest = JSON.stringify(dumpIngestion({ ...spec, format: { dialects: [dialect('crm'), dialect('erp')] } }));
    const apply = ['apply', '--server-side', '-o', 'jsonpath={.metadata.resourceVersion}', '-f', '-'];
    const first = await plane.kubectl(apply, manifest);
    assert.equal(await plane.kubectl(apply, manifest), first);
    await plane.kubectl(['delete', 'di', 'nightly']);
  });

  it('shows the status in the printer columns, with the short names and the category', async () => {
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(dumpIngestion()));
    const tables58 = { summary: '5/8', failed: 1 };
    const numbers = { rows: 1200, rejects: 3, megabytesPerSecond: '84.2', duration: '2m5s' };
    const status = { phase: 'Loading', tables: tables58, ...numbers };
    await plane.kubectl([
      'patch',
      'di',
      'nightly',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    ]);
    const shown = await plane.kubectl(['get', 'motherload']);
    assert.match(
      shown,
      /^NAME +PHASE +TABLES +ROWS +REJECTS +MB\/S +FAILED +DURATION +TARGET +AGE\n\S*nightly +Loading +5\/8 +1200 +3 +84\.2 +1 +2m5s +public +/,
    );
    const wide = (await plane.kubectl(['get', 'di', '-o', 'wide'])).split('\n')[0] ?? '';
    assert.match(wide, /AGE +PERCENT +RUNNING +SKIPPED +RUN +STARTED +COMPLETED +MESSAGE$/);
    await plane.kubectl(['apply', '-f', '-'], JSON.stringify(tableIngestion({ versionTable: 'v1_users' })));
    const tables = await plane.kubectl(['get', 'ti', '-o', 'wide']);
    assert.match(
      tables,
      /^NAME +VERSION TABLE +PHASE +ROWS +REJECTS +PERCENT +MB\/S +AGE +DUMP +MOTHER +ATTEMPTS +JOB +MESSAGE\n/,
    );
    // Nobody has written its status.
    assert.match(
      tables,
      /nightly-v1-users +v1_users +Pending +.*crm_v1\.zip +.* waiting for a slot \(spec\.loading\.maxParallelJobs\)$/m,
    );
    await plane.kubectl(['delete', 'ti', '--all']);
    await plane.kubectl(['delete', 'di', 'nightly']);
  });

  it('explains every field', async () => {
    for (const kind of RESOURCE_KINDS) {
      const definition = readCustomResourceDefinition(kind);
      const explained = await plane.kubectl(['explain', definition.spec.names.plural, '--recursive']);
      assert.match(explained, new RegExp(`KIND: +${kind}`));
      for (const version of definition.spec.versions) {
        const properties = version.schema.openAPIV3Schema.properties ?? {};
        for (const part of ['spec', 'status']) assert.deepEqual(undescribed(properties[part] ?? {}, part), []);
      }
    }
  });
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function messagesOf(schema: JsonSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  return [...own, ...partsOf(schema, '').flatMap(([, part]) => messagesOf(part))];
}

function undescribed(schema: JsonSchema, path: string): string[] {
  const own = schema.description === undefined && !path.endsWith(']') ? [path] : [];
  return [...own, ...partsOf(schema, path).flatMap(([partPath, part]) => undescribed(part, partPath))];
}

function partsOf(schema: JsonSchema, path: string): [path: string, schema: JsonSchema][] {
  const fields = Object.entries(schema.properties ?? {}).map(([name, part]): [string, JsonSchema] => [
    `${path}.${name}`,
    part,
  ]);
  const { items, additionalProperties } = schema;
  if (items !== undefined) fields.push([`${path}[]`, items]);
  if (typeof additionalProperties === 'object') fields.push([`${path}[]`, additionalProperties]);
  return fields;
}
