import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogueOf, failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { databaseSource, tasksOfDatabase } from '../../../source-database/scene.ts';
import { folder, mariadb, READER, tasks, uriOf } from './server-scene.ts';

describe('a server that does not let us in', () => {
  const refused: readonly (readonly [string, string, string, string])[] = [
    ['a wrong password', uriOf('reader', 'wr0ng'), 'SourceCredentials', 'Manifest'],
    ['an unknown user', uriOf('nobody', 'wr0ng'), 'SourceCredentials', 'Manifest'],
    ['a closed port', uriOf('reader', 'wr0ng', 1), 'SourceUnreachable', 'Transient'],
    // MySQL makes a certificate where it has none.
    [
      'no TLS',
      `${uriOf('reader', 'wr0ng')}?ssl-mode=REQUIRED`,
      IS_MYSQL ? 'SourceCredentials' : 'SourceTls',
      'Manifest',
    ],
    ['no address', 'wr0ng', 'SourceAddress', 'Manifest'],
  ];
  for (const [what, uri, code, kind] of refused)
    it(`is told apart by its error, which has no password: ${what}`, async () => {
      const database = await createTestDatabase();
      const failure = await failureOf(catalogueOf(tasks('', uri), database));
      assert.deepEqual([failure.code, failure.kind], [code, kind]);
      assert.doesNotMatch(JSON.stringify(failure), /wr0ng/);
    });

  it('has no such schema, or none that this user may see', async () => {
    const database = await createTestDatabase();
    const source = databaseSource().replace('schema: crm', 'schema: erp');
    const hidden = await failureOf(catalogueOf(tasksOfDatabase(folder, READER, source), database));
    assert.equal(hidden.code, 'SourceCredentials');
    const missing = await failureOf(
      catalogueOf(tasksOfDatabase(folder, `mysql://root@localhost?socket=${mariadb.socket}`, source), database),
    );
    assert.equal(missing.code, 'SourceMissing');
  });

  it('has too many connections for the moment', async () => {
    const database = await createTestDatabase();
    mariadb.query(`ALTER USER reader@'%' WITH MAX_CONNECTIONS_PER_HOUR 1`);
    const own = tasks();
    await catalogueOf(own, database).catch(() => undefined);
    const failure = await failureOf(catalogueOf(own, database));
    assert.deepEqual([failure.code, failure.kind], ['SourceBusy', 'Transient']);
  });
});
