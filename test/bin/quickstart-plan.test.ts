import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { createTestDatabase } from '../database.ts';
import { motherload } from './cli.ts';

const QUICKSTART = ['-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps'];

describe('motherload plan of the quickstart', () => {
  it('prints the catalogue and the statements for an empty database if none is given', async () => {
    const { code, stdout, stderr } = await motherload(['plan', ...QUICKSTART]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^quickstart: no database is given, so an empty one is assumed$/m);
    assert.match(stdout, /^velo_v2\.zip +incidents +v2_incidents +incidents +\d+\.\d kB +Load +/m);
    assert.match(stdout, /^rides +Create +Derived +ride_id bigint, member_id bigint,/m);
    assert.match(stdout, /CREATE TABLE "velo"\."members" \(\n {2}"member_id" bigint NOT NULL,/);
    assert.match(
      stdout,
      /^COPY "motherload"\."staging_\w+" \("bike_id", "ended", .*\) FROM STDIN WITH \(FORMAT binary\);$/m,
    );
    assert.match(stdout, /^ALTER TABLE "velo"\."v1_rides" INHERIT "velo"\."rides";$/m);
    assert.match(
      stdout,
      /^-- quickstart: 20 tables to load \(8\.\d MB\), 0 with warnings, 0 skipped, 0 that cannot be loaded$/m,
    );
  });

  it('changes nothing in a database, and needs no ledger in it', async () => {
    const empty = await createTestDatabase();
    const { code, stdout } = await motherload(['plan', ...QUICKSTART, '--database', empty.uri, '--output', 'json']);
    assert.equal(code, 0);
    const { ingestions } = JSON.parse(stdout) as {
      ingestions: { tables: { entry: TableIngestionSpec; statements: string[] }[] }[];
    };
    assert.equal(ingestions[0]?.tables.length, 20);
    assert(ingestions[0].tables.every(({ statements }) => statements.length >= 4));
    const schemas = await empty.query(`SELECT nspname FROM pg_namespace WHERE nspname IN ('velo', 'motherload')`);
    assert.deepEqual(schemas, []);
  });
});
