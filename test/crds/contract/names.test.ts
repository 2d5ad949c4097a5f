import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jobName, tableIngestionName } from '../../../crds/contract/names.ts';

const UID = '7b0f2f5e-3f0e-4b58-9d2f-9f0f1c7d1a11';
const dump = { file: 'old/velo_v1.zip', version: 'v1' };

describe('the names of objects', () => {
  it('are readable', () => {
    const name = tableIngestionName('quickstart', UID, { dump, table: 'bikes', versionTable: 'v1_bikes' });
    assert.match(name, /^quickstart-v1-bikes-[0-9a-f]{16}$/);
    assert.match(jobName('quickstart', UID, 'Load', name), /^quickstart-v1-bikes-[0-9a-f]{16}-load-[0-9a-f]{16}$/);
    assert.match(jobName('quickstart', UID, 'Catalogue'), /^quickstart-catalogue-[0-9a-f]{16}$/);
    assert.match(tableIngestionName('quickstart', UID, { dump, table: '*' }), /^quickstart-velo-v1-zip-[0-9a-f]{16}$/);
  });

  it('differ for each dump, table and run, even if their readable part is the same', () => {
    const of = (file: string, table: string, run = UID) =>
      tableIngestionName('a', run, { dump: { ...dump, file }, table, versionTable: 'v1_x' });
    const names = [
      of('a.zip', 'x'),
      of('b.zip', 'x'),
      of('a.zip', 'y'),
      of('a.zip', 'x_'),
      of('a.zip', 'x', 'another run'),
      jobName('a', '1', 'Load', 't'),
      jobName('a', '2', 'Load', 't'),
    ];
    assert.equal(new Set(names).size, names.length);
  });

  it('differ for 200,000 tables of a run whose name leaves no room for theirs', () => {
    const names = Array.from({ length: 200_000 }, (_, index) =>
      tableIngestionName('n'.repeat(63), UID, { dump, table: `table_${index}`, versionTable: `v1_table_${index}` }),
    );
    assert.equal(new Set(names).size, names.length);
  });

  it('are RFC 1123 labels that start with a letter, whatever they are made from', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 300, unit: 'binary' }),
      fc.constantFrom('', '*', '0', '-', 'x'.repeat(300), '9'.repeat(300)),
    );
    fc.assert(
      fc.property(text, text, text, fc.option(text, { nil: undefined }), (ingestion, file, table, versionTable) => {
        const parts = { dump: { ...dump, file }, table, ...(versionTable === undefined ? {} : { versionTable }) };
        const name = tableIngestionName(ingestion, UID, parts);
        for (const one of [name, jobName(ingestion, UID, 'Finish'), jobName(ingestion, UID, 'Load', name)]) {
          assert.match(one, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])$/);
        }
      }),
      { seed: 7 },
    );
  });
});
