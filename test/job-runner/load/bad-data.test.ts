import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Failure } from '../../../crds/contract/errors.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { BAD_DATS } from './bad-dats.ts';
import { failureOf, LEDGER_TABLES, load, relationsOf, ridesText, upTo } from './load-scene.ts';

/** More than one chunk for each of three streams; record 3 of each hundred has a line end within a value. */
const MANY = 120_000;
const rider = (id: number) => (id % 100 === 3 ? '`two\nlines`' : `\`rider ${id % 97}, no more\``);
const linesBefore = (id: number) => 1 + (id - 1) + Math.floor((id - 1 + 97) / 100);

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadTable of bad data on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    await database.query('CREATE TABLE rides (ride_id bigint NOT NULL CHECK (ride_id > 0), rider text)');

    for (const { title, failure, message, ...scene } of BAD_DATS) {
      for (const streams of [1, 2]) {
        test(`names the location of ${title}, and leaves nothing (streams: ${streams})`, async () => {
          const loading = `loading: { streamsPerTable: ${streams} }`;
          const error = await failureOf(load(database, { ...scene, spec: `${scene.spec ?? ''}\n${loading}` }));
          assert.match(error.message, message);
          const found = Object.fromEntries(Object.entries(error).filter(([name]) => name in failure));
          assert.deepEqual({ ...found, kind: error.kind, file: error.file, table: error.table }, expected(failure));
          assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides']);
        });
      }
    }

    for (const [by, spelling] of Object.entries({ PostgreSQL: 'x', 'our own reader': '_0' })) {
      for (const streams of [1, 2, 3]) {
        test(`names the line of the file for a record that is refused by ${by}, anywhere in ${streams} streams`, async () => {
          for (const bad of [1, 3, 4, 60_003, 60_004, MANY]) {
            const text = ridesText(upTo(MANY), rider).replace(`\n${bad}|`, `\n${bad}${spelling}|`);
            const error = await failureOf(load(database, { text, spec: `loading: { streamsPerTable: ${streams} }` }));
            assert.deepEqual([error.line, error.column], [linesBefore(bad) + 1, 'ride_id']);
            assert.equal(error.record, `${bad}${spelling}|${rider(bad).replace('\n', '\\n')}`);
          }
          assert.deepEqual(await relationsOf(database), [...LEDGER_TABLES, 'public.rides']);
        });
      }
    }
  });
}

function expected(failure: Partial<Failure>): Partial<Failure> {
  return { ...failure, kind: 'Data', file: 'crm_v1.zip:rides.dat', table: 'rides' };
}
