import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { after, suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { parseDatabaseUri } from '../../../job-runner/database/uri.ts';
import { createTestDatabase } from '../../database.ts';

/** Each of these would connect elsewhere, or prevent it. */
const LIBPQ_VARIABLES = {
  PGHOST: '/nowhere',
  PGPORT: '5999',
  PGUSER: 'nobody',
  PGDATABASE: 'nowhere',
  PGPASSWORD: 'secret',
  PGOPTIONS: '-c no_such_setting=1',
  PGSSLMODE: 'verify-full',
  PGSSLNEGOTIATION: 'indirect',
  PGSERVICE: 'nowhere',
  PGCLIENT_ENCODING: 'no such encoding',
  PGREPLICATION: 'database',
};

suite('a database URI', async () => {
  const database = await createTestDatabase();

  test('has defaults for missing parts', () => {
    const { username } = userInfo();
    const { host, port, user, password, database: name } = parseDatabaseUri('postgresql://');
    assert.deepEqual([host, port, user, password, name], ['localhost', 5432, username, undefined, username]);
    const given = parseDatabaseUri('postgresql://loader:secret@db.example:5433/crm');
    assert.deepEqual(
      [given.host, given.port, given.user, given.password, given.database],
      ['db.example', 5433, 'loader', 'secret', 'crm'],
    );
    assert.equal(parseDatabaseUri('postgresql://loader@db.example').database, 'loader');
  });

  test('is refused where its password is not encoded, in place of another host', () => {
    for (const password of ['5433/s3cret', '5433?s3cret', '5433?s3cret=x', '5433#s3cret', 's3cret/a'])
      assert.throws(() => parseDatabaseUri(`postgresql://loader:${password}@db.example/crm`), {
        code: 'DatabaseUri',
        message: /^[^]*percent-encoded(?![^]*s3)/,
      });
    assert.throws(() => parseDatabaseUri('postgresql://db.example/crm?unknown=x'), /libpq does not know/);
  });

  test("is not changed by libpq's variables", async () => {
    after(() => {
      for (const name of Object.keys(LIBPQ_VARIABLES)) Reflect.deleteProperty(process.env, name);
    });
    Object.assign(process.env, LIBPQ_VARIABLES);
    const db = await connect(database.uri);
    const { rows } = await db.query(
      "SELECT current_user AS name, current_database() AS database, current_setting('port') AS port",
    );
    assert.deepEqual(rows, [{ name: 'postgres', database: /test_\w+/.exec(database.uri)?.[0], port: '5432' }]);
    await db.end();
  });
});
