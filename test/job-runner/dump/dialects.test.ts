import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { dialectOf, readTypeMap } from '../../../job-runner/dump/dialects.ts';
import { mapType } from '../../../job-runner/plan/type-map.ts';
import { catalogueTask, temporaryFolder, writeFiles } from '../catalogue/tasks.ts';

const own = (more = '') => `format:
  dialects:
    - name: legacy
      typesFrom: { configMapKeyRef: { name: types, key: legacy.yaml } }
      ${more}
`;
const formatOf = (spec = '') => catalogueTask('/', spec).format;

describe('the dialect of a dump', () => {
  const format = formatOf(
    'format: { dialect: mysql, dialectRules: [{ dump: "crm_*", dialect: mssql }, { dump: "new/**", dialect: own }] }\n',
  );
  it('is that of the first rule that fits', () => {
    assert.equal(dialectOf('crm_v1.zip', format), 'mssql');
    assert.equal(dialectOf('new/crm_v1.zip', format), 'mssql');
    assert.equal(dialectOf('new/shop_v1.zip', format), 'own');
  });
  it('is the default where no rule fits', () => assert.equal(dialectOf('shop_v1.zip', format), 'mysql'));
});

describe('a type map', () => {
  it('comes with Motherload for MSSQL, MySQL and PostgreSQL', () => {
    assert.equal(mapType(readTypeMap('mssql', formatOf(), {}), 'bit').type, 'boolean');
    assert.equal(mapType(readTypeMap('mysql', formatOf(), {}), 'mediumint').type, 'integer');
    assert.equal(mapType(readTypeMap('postgresql', formatOf(), {}), 'int8').type, 'bigint');
  });
  it('is refused where nobody knows the dialect', () =>
    assert.throws(() => readTypeMap('../../secret', formatOf(own()), {}), {
      code: 'UnknownDialect',
      message: /one of mssql, mysql, postgresql, legacy/,
    }));
  it('of the manifest is read from its file, alone or on top of a built-in one', () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'legacy.yaml': 'types: { flag: boolean }\n' });
    const files = { legacy: join(folder, 'legacy.yaml') };
    assert.deepEqual(mapType(readTypeMap('legacy', formatOf(own()), files), 'flag'), { type: 'boolean', known: true });
    assert.equal(mapType(readTypeMap('legacy', formatOf(own()), files), 'datetime').known, false);
    assert.equal(
      mapType(readTypeMap('legacy', formatOf(own('extends: mssql')), files), 'datetime').type,
      'timestamp(3)',
    );
  });
  it('is missed where its ConfigMap has no such key', () => {
    for (const files of [{}, { legacy: '/nowhere/legacy.yaml' }] as Record<string, string>[]) {
      assert.throws(() => readTypeMap('legacy', formatOf(own()), files), {
        code: 'DialectFileMissing',
        message: /ConfigMap types .* key legacy\.yaml/,
      });
    }
  });
});
