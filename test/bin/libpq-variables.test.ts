import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { motherload, temporaryFolder } from './cli.ts';

/** Set in many shells for another PostgreSQL. */
const environment = {
  PGHOST: '/nowhere',
  PGPORT: '5999',
  PGUSER: 'nobody',
  PGDATABASE: 'nowhere',
  PGPASSWORD: 'secret',
  PGOPTIONS: '-c no_such_setting=1',
  PGSSLMODE: 'verify-full',
  PGSERVICE: 'nowhere',
  PGDATA: '/nowhere',
};
const run = ['run', '-f', 'examples/quickstart.yaml', '--dumps', 'examples/dumps'];

describe("motherload with libpq's variables set", () => {
  it('starts the embedded PostgreSQL and loads into it', async () => {
    const parent = temporaryFolder();
    chmodSync(parent, 0o711); // Started by root, the server runs as another user.
    const folder = join(parent, 'postgresql');
    const { code, stdout, stderr } = await motherload([...run, '--data-folder', folder], { environment });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^quickstart complete: tables: 20 loaded; 78,494 rows/m);
    const query = ['query', 'SELECT count(*) AS rides FROM velo.rides', '--data-folder', folder];
    assert.equal((await motherload(query, { environment })).stdout, 'rides\n58000\n');
  });

  it('loads into the database of a URI without a port', async () => {
    const database = await createTestDatabase();
    const { code, stderr } = await motherload([...run, '--database', database.uri], { environment });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await database.query('SELECT count(*)::int AS rides FROM velo.rides'), [{ rides: 58_000 }]);
  });
});
