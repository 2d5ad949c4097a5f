import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { templateDigest } from '../../../operator/build/job-template.ts';
import type { Work } from '../../../operator/decide/action.ts';
import { entry, ingestion, nameOf } from '../fixtures.ts';
import { CATALOGUE, FINISH, parts, SETTINGS } from './jobs.ts';

const MIB = 1024 * 1024;
const table = (mebibytes: number) =>
  entry('users', { dat: { entry: 'users.dat', bytes: mebibytes * MIB, compressedBytes: MIB, crc32: '00000000' } });
const load = (mebibytes: number): Work => ({
  kind: 'Load',
  tableName: nameOf(table(mebibytes)),
  table: table(mebibytes),
});
const batch = (...sizes: number[]): Work => ({
  kind: 'LoadBatch',
  tables: sizes.map((size, index) => ({ name: `table-${index}`, spec: table(size) })),
});
const template = (resources: object) => ({ jobTemplate: { resources } });
const CEILING = template({ requests: { cpu: 2, memory: '192Mi' }, limits: { cpu: '3', memory: '1Gi' } });
const requested = (work: Work, loading: string, settings = CEILING) =>
  parts(work, `loading: ${loading}`, settings).container.resources;

describe('the CPU that a load requests', () => {
  it('is what the template says by default, whatever the size of the table', () => {
    for (const work of [load(0), load(1000)]) assert.equal(requested(work, '{}')?.requests?.['cpu'], '2');
  });

  const CASES: [what: string, work: Work, loading: string, cpu: string][] = [
    ['an empty table', load(0), '', '100m'],
    ['a small table', load(6), '', '100m'],
    ['half of what keeps a core busy', load(32), '', '500m'],
    ['a table with one stream', load(255), '', '1000m'],
    ['a table with two streams', load(256), '', '2'],
    ['a large table whose manifest says one stream', load(256), 'streamsPerTable: 1', '1000m'],
    ['a table whose manifest says eight streams: never more than the template', load(256), 'streamsPerTable: 8', '2'],
    ['small tables that share a Job: together, one after the other', batch(16, 16), 'streamsPerTable: 8', '500m'],
    ['the catalogue', CATALOGUE, '', '2'],
    ['the finish Job', FINISH, '', '2'],
  ];
  for (const [what, work, more, cpu] of CASES) {
    it(`follows streams and bytes with Auto: ${what}`, () => {
      const expected = { requests: { cpu, memory: '192Mi' }, limits: { cpu: '3', memory: '1Gi' } };
      assert.deepEqual(requested(work, `{ resources: Auto, ${more} }`), expected);
    });
  }

  it('is not requested where the template requests none', () => {
    const settings = template({ requests: { memory: '192Mi' } });
    assert.deepEqual(requested(load(1), '{ resources: Auto }', settings), { requests: { memory: '192Mi' } });
    assert.deepEqual(requested(load(1), '{ resources: Auto }', template({})), {});
  });

  it('changes Jobs that have not started: another digest', () => {
    const digest = (loading: string) => templateDigest(ingestion({}, { spec: `loading: ${loading}` }), SETTINGS);
    assert.equal(digest('{}'), digest('{ streamsPerTable: 2 }'));
    assert.notEqual(digest('{}'), digest('{ resources: Auto }'));
    assert.notEqual(digest('{ resources: Auto }'), digest('{ resources: Auto, streamsPerTable: 2 }'));
  });
});
