import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MAX_DRIFT } from '../../../../crds/contract/report.ts';
import { driftOf, summarizeDrift, versionsOf, type VersionColumns } from '../../../../job-runner/plan/mother/drift.ts';
import type { KnownVersion } from '../../../../job-runner/plan/mother/known-version.ts';
import { planMothers } from '../../../../job-runner/plan/mother/plan-mothers.ts';
import { dumped, existing, input } from './mothers-scene.ts';

function version(
  name: string,
  columns: Readonly<Record<string, string | undefined>>,
  mother = 'rides',
): VersionColumns {
  const isRecorded = !Object.values(columns).includes(undefined);
  return {
    ...{ mother, version: name, dump: `app_${name}.zip`, isLoaded: true },
    ...{ columns: new Map(Object.entries(columns)), isRecorded },
  };
}

/** `v2 +tip integer -km ~id integer bigint` of each version. */
function texts(versions: readonly VersionColumns[]): string[] {
  return driftOf(versions).flatMap(({ versions: ofMother }) =>
    ofMother.map(({ version: name, added, dropped, retyped }) =>
      [
        name,
        ...added.map((column) => `+${column.name} ${column.type}`),
        ...dropped.map((column) => `-${column.name}`),
        ...retyped.map((column) => `~${column.name} ${column.from} ${column.to}`),
      ].join(' '),
    ),
  );
}

suite('the drift of a mother', () => {
  test('is what each version has otherwise than the one before it, v2 before v10', () => {
    const versions = [
      version('v10', { id: 'bigint', tip: 'integer' }),
      version('v1', { id: 'integer', km: 'integer' }),
      version('v2', { id: 'integer', km: 'integer', tip: 'integer' }),
    ];
    assert.deepEqual(texts(versions), ['v1', 'v2 +tip integer', 'v10 -km ~id integer bigint']);
  });

  test('passes over versions whose columns were not recorded', () => {
    const versions = [
      version('v1', { id: 'integer' }),
      version('v2', { id: undefined, km: undefined }),
      version('v3', { id: 'integer', tip: 'integer' }),
    ];
    assert.deepEqual(texts(versions), ['v1', 'v2', 'v3 +tip integer']);
  });

  test('has what is loaded and what this run brings, which takes the place of what its dump held before', () => {
    const known: KnownVersion[] = ['v1', 'v2'].map((name) => ({
      ...{ mother: 'rides', versionTable: `${name}_rides`, dump: `app_${name}.zip`, version: name },
      ...{ content: { crc32: name, bytes: 1 }, columns: new Map([['id', 'integer']]), isRecorded: true },
    }));
    const tables = [
      { ...dumped('rides', 'v1', 'id int'), content: { crc32: 'v1', bytes: 1 } },
      { ...dumped('rides', 'v2', 'id bigint'), content: { crc32: 'other', bytes: 1 } },
      dumped('rides', 'v3', 'id bigint', 'km int'),
    ];
    const mothers = planMothers(input({ tables, known, existing: [existing('rides', 'id integer')] }));
    const versions = versionsOf(known, tables, mothers);
    assert.deepEqual(texts(versions), ['v1', 'v2 ~id integer bigint', 'v3 +km integer']);
    assert.deepEqual(
      versions.map(({ version: name, isLoaded }) => [name, isLoaded]),
      [
        ['v1', true],
        ['v2', false],
        ['v3', false],
      ],
    );
  });

  test('is summed up for the mothers with the most differences, and for no more than a status holds', () => {
    const many = Array.from({ length: MAX_DRIFT + 5 }, (_, index) => [
      version('v1', { id: 'integer' }, `mother ${index}`),
      version('v2', Object.fromEntries(Array.from({ length: index }, (__, n) => [`c${n}`, 'text'])), `mother ${index}`),
    ]).flat();
    const summary = summarizeDrift(driftOf([...many, version('v1', { id: 'text' }, 'alone')]));
    assert.equal(summary.length, MAX_DRIFT);
    assert.deepEqual(summary[0], { mother: 'mother 14', versions: 2, added: 14, dropped: 1, retyped: 0 });
  });
});
