import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideEntries } from '../../../job-runner/catalogue/decide-entries.ts';
import { driftOf, versionsOf } from '../../../job-runner/plan/mother/drift.ts';
import { planMothers } from '../../../job-runner/plan/mother/plan-mothers.ts';
import { dumped, existing, input } from '../plan/mother/mothers-scene.ts';
import { motherTables, table, target } from './decisions.ts';

/** As many as a run may have by default; with work for each pair of them these tests would take minutes. */
const MANY = 20_000;
const SECONDS = 15;
const names = Array.from({ length: MANY }, (_, index) => `Table_${index}`);

function seconds<Result>(body: () => Result): { result: Result; took: number } {
  const began = performance.now();
  return { result: body(), took: (performance.now() - began) / 1000 };
}

describe(`a catalogue of ${MANY} tables`, () => {
  it('plans a mother for each, which exists or is new, and what differs from loaded versions', () => {
    const known = names.map((name, index) => ({
      ...{ mother: name.toLowerCase(), versionTable: `v0_${name}`, dump: 'app_v0.zip', version: 'v0' },
      content: { crc32: index.toString(16), bytes: index },
      columns: new Map([['id', 'integer']]),
      isRecorded: true,
    }));
    const { result, took } = seconds(() => {
      const found = input({
        tables: names.map((name) => dumped(name, 'v1', 'id int', 'name varchar')),
        existing: names.slice(1).map((name) => existing(name.toLowerCase(), 'id integer')),
        known,
      });
      const mothers = planMothers(found);
      return { mothers, drifts: driftOf(versionsOf(known, found.tables, mothers)) };
    });
    assert.deepEqual(
      [0, 1].map((index) => [result.mothers[index]?.name, result.mothers[index]?.action]),
      [
        ['table_0', 'Create'],
        ['table_1', 'Use'],
      ],
    );
    assert.deepEqual([result.mothers.length, result.drifts.length], [MANY, MANY]);
    assert(took < SECONDS, `${took} s`);
  });

  it('decides on each, also if all of them would become one version table', () => {
    const mothers = planMothers(input({ tables: names.map((name) => dumped(name, 'v1', 'id int')) }));
    const findings = {
      ...{ ingestionName: 'nightly', tables: names.map((name) => table('v1', name)), mothers, existing: [] },
      ...{ target: { ...target, versionTableName: '{version}' }, motherTables },
    };
    const { result, took } = seconds(() => decideEntries(findings));
    assert.deepEqual([...new Set(result.map(({ reason }) => reason))], ['VersionTableClash']);
    assert.match(result[1]?.message ?? '', /Table_1 of .* and table Table_0 of .* \(and 19998 more\)/);
    assert(took < SECONDS, `${took} s`);
  });
});
