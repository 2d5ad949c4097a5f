import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SUPPORTED_VERSIONS, type PostgresqlVersion } from '../../database.ts';
import { ContractScene } from './contract-scene.ts';

const FIRST = { columns: { ride_id: 'int', km: 'int' }, lines: ['1|10'] };
const SECOND = { columns: { ride_id: 'int', km: 'bigint' }, lines: ['2|3000000000'] };

/** What prevents ALTER COLUMN … TYPE, on the mother or on one of its versions, and what the message must name. */
const OBSTACLES: Readonly<Record<string, { make: string; named: RegExp; since?: 15 | 18 }>> = {
  'a view of the mother': { make: 'CREATE VIEW far AS SELECT km FROM rides', named: /view far/ },
  'a view of a version': { make: 'CREATE VIEW far AS SELECT km FROM v1_rides', named: /view far/ },
  'a materialized view': {
    make: 'CREATE MATERIALIZED VIEW far AS SELECT km FROM v1_rides',
    named: /materialized view far/,
  },
  'a rule': {
    make: 'CREATE RULE far AS ON UPDATE TO v1_rides WHERE new.km > 5 DO INSTEAD NOTHING',
    named: /v1_rides/,
  },
  'a function with an SQL body': {
    make: 'CREATE FUNCTION far() RETURNS bigint BEGIN ATOMIC SELECT sum(km) FROM rides; END',
    named: /function far\(\)/,
  },
  'a generated column': {
    make: 'ALTER TABLE v1_rides ADD COLUMN miles int GENERATED ALWAYS AS (km / 2) STORED',
    named: /miles/,
  },
  'a virtual generated column': {
    make: 'ALTER TABLE v1_rides ADD COLUMN miles int GENERATED ALWAYS AS (km / 2) VIRTUAL',
    named: /miles/,
    since: 18,
  },
  'an UPDATE OF trigger': {
    make: `CREATE FUNCTION far() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
      CREATE TRIGGER far BEFORE UPDATE OF km ON v1_rides FOR EACH ROW EXECUTE FUNCTION far()`,
    named: /trigger far on table v1_rides/,
  },
  'a policy': { make: 'CREATE POLICY far ON rides USING (km > 0)', named: /policy far on table rides/ },
  'a publication with a condition': {
    make: 'CREATE PUBLICATION far FOR TABLE v1_rides WHERE (km > 0)',
    named: /v1_rides in publication far/,
    since: 15,
  },
  'a column of its row type': {
    make: 'CREATE TABLE far (ride rides)',
    named: /far, whose column ride has the row type/,
  },
  "a column of a version's row type, in an array of a composite type": {
    make: 'CREATE TYPE pair AS (one v1_rides[]); CREATE TABLE far (two pair)',
    named: /far, whose column two has the row type/,
  },
  'a second parent of a version': {
    make: 'CREATE TABLE far (km int); ALTER TABLE v1_rides INHERIT far',
    named: /far, from which v1_rides inherits the column as well/,
  },
};

async function loaded(version: PostgresqlVersion, made = ''): Promise<ContractScene> {
  const scene = await ContractScene.create(version);
  await scene.release('v1', FIRST);
  await scene.run();
  if (made !== '') await scene.database.query(made);
  await scene.release('v2', SECOND);
  return scene;
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`what prevents a wider type, on PostgreSQL ${version}`, () => {
    for (const [what, { make, named, since = 14 }] of Object.entries(OBSTACLES)) {
      if (version < since) continue;
      test(`${what} is named before anything is changed, and fails the version alone`, async () => {
        const scene = await loaded(version, make);
        const message = await scene.refusal();
        assert.match(
          message,
          /^MotherCannotChange: crm_v2\.zip, table rides, column km: .* integer \(crm_v1\.zip\) to bigint for crm_v2\.zip/,
        );
        assert.match(message, named);
        assert.equal(await scene.columns(), 'ride_id integer, km integer');
        // PostgreSQL itself refuses it as well.
        await assert.rejects(scene.database.query('ALTER TABLE rides ALTER COLUMN km TYPE bigint'));
      });
    }

    test('another column, or what ALTER TABLE takes along, does not', async () => {
      const scene = await loaded(
        version,
        `CREATE VIEW far AS SELECT ride_id FROM rides; CREATE INDEX ON v1_rides ((km + 1)); CREATE STATISTICS s ON ride_id, km FROM v1_rides;
         ALTER TABLE rides ADD CHECK (km >= 0), ALTER COLUMN km SET DEFAULT 1;
         ALTER TABLE v1_rides ADD UNIQUE (km); CREATE TABLE key (km int REFERENCES v1_rides (km))`,
      );
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
      assert.equal(await scene.columns('v1_rides'), 'ride_id integer, km bigint');
      assert.deepEqual(await scene.rows("SELECT count(*)::int FROM pg_indexes WHERE tablename = 'v1_rides'"), [[2]]);
    });

    test('a table that already has the new column as another type does, and one of the same type does not', async () => {
      const tip = { columns: { ...FIRST.columns, tip: 'int' }, lines: ['2|20|1'] };
      const scene = await ContractScene.create(version);
      await scene.release('v1', FIRST);
      await scene.run();
      await scene.database.query('CREATE TABLE far (tip text) INHERITS (rides)');
      await scene.release('v2', tip);
      assert.match(
        await scene.refusal(),
        /get the column tip integer for crm_v2\.zip: .* far, which has a column of that name as text/,
      );
      await scene.database.query('DROP TABLE far; CREATE TABLE far (tip int) INHERITS (rides)');
      assert.deepEqual(await scene.run(), ['v1 AlreadyLoaded', 'v2 Loaded']);
    });
  });
}
