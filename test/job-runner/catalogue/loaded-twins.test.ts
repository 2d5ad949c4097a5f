import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { warnOfLoadedTwins } from '../../../job-runner/catalogue/loaded-twins.ts';
import type { KnownVersion } from '../../../job-runner/plan/mother/known-version.ts';

const entry = (file: string, table: string, crc32: string, more: Partial<TableIngestionSpec> = {}) =>
  ({
    ...{ ingestionName: 'crm', dump: { file, version: 'v2' }, table, mother: table, versionTable: `v2_${table}` },
    dat: { entry: `${table}.dat`, bytes: 9, compressedBytes: 9, crc32 },
    ...{ decision: 'Load', reason: 'MotherFound', message: '', ...more },
  }) as const satisfies TableIngestionSpec;

const version = (dump: string, mother: string, crc32: string, versionTable = `v1_${mother}`): KnownVersion => ({
  ...{ mother, versionTable, dump, version: 'v1', content: { crc32, bytes: 9 } },
  ...{ columns: new Map(), isRecorded: true },
});

const LOADED = [version('crm_v1.zip', 'users', 'aa'), version('crm_v1.zip', 'rides', 'bb')];
const SAME = [entry('crm_v2.zip', 'users', 'aa'), entry('crm_v2.zip', 'rides', 'bb')];
const warned = (entries: readonly TableIngestionSpec[], known: readonly KnownVersion[] = LOADED) =>
  [...warnOfLoadedTwins(entries, known).keys()].join();

describe('warnOfLoadedTwins', () => {
  it('warns of a dump of which all rows were loaded under other names', () =>
    assert.deepEqual(
      [...warnOfLoadedTwins(SAME, LOADED)],
      [
        [
          'crm_v2.zip',
          'crm_v2.zip has the rows that were loaded from crm_v1.zip in all its tables, as v1_rides for example, so that its mother tables have them twice: if it is the same release, drop the version tables of the one or the other',
        ],
      ],
    ));

  it('warns of the dump itself, where its tables get other names than before', () =>
    assert.equal(warned([entry('crm_v1.zip', 'users', 'aa'), entry('crm_v1.zip', 'rides', 'bb')]), 'crm_v1.zip'));

  it('warns of it again while both are there, and whatever else it skips', () => {
    const kept = SAME.map((each) => ({ ...each, decision: 'Keep' as const }));
    const both = [
      ...LOADED,
      version('crm_v2.zip', 'users', 'aa', 'v2_users'),
      version('crm_v2.zip', 'rides', 'bb', 'v2_rides'),
    ];
    assert.equal(warned([...kept, entry('crm_v2.zip', 'a_view', '', { decision: 'Skip' })], both), 'crm_v2.zip');
  });

  const silent: Readonly<Record<string, readonly [readonly TableIngestionSpec[], (readonly KnownVersion[])?]>> = {
    'a dump that is loaded under the same names': [
      [
        entry('crm_v1.zip', 'users', 'aa', { versionTable: 'v1_users' }),
        entry('crm_v1.zip', 'rides', 'bb', { versionTable: 'v1_rides' }),
      ],
    ],
    'a dump of which one table is another': [[entry('crm_v2.zip', 'users', 'aa'), entry('crm_v2.zip', 'rides', 'cc')]],
    'a dump with a table more': [[...SAME, entry('crm_v2.zip', 'bikes', 'cc')]],
    'a dump of which a table cannot be loaded': [[...SAME, entry('crm_v2.zip', 'bikes', 'cc', { decision: 'Fail' })]],
    'rows that come from two dumps': [
      SAME,
      [version('crm_v1.zip', 'users', 'aa'), version('crm_v0.zip', 'rides', 'bb')],
    ],
    'rows of other mothers': [SAME, LOADED.map((load) => ({ ...load, mother: 'others' }))],
    'a dump whose twin is one of this run, of which the run warns': [
      [...SAME, entry('crm_v1.zip', 'users', 'aa', { versionTable: 'v1_users' })],
    ],
    nothing: [[]],
  };
  for (const [what, [entries, known]] of Object.entries(silent))
    it(`does not warn of ${what}`, () => assert.equal(warned(entries, known), ''));
});
