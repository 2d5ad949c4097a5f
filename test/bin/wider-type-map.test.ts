import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { columns, zipDump } from '../../examples/generator/dump.ts';
import { createTestDatabase } from '../database.ts';
import { motherload, temporaryFolder } from './cli.ts';
import { manifest } from './dumps.ts';

const DIALECT =
  'format: { dialect: crm, dialects: [{ name: crm, extends: mssql, typesFrom: { configMapKeyRef: { name: types, key: crm.yaml } } }] }';

/** A folder with two versions of a table whose type only the manifest's own type map knows, and runs of it. */
async function scene() {
  const database = await createTestDatabase();
  const folder = temporaryFolder();
  for (const version of ['v1', 'v2']) {
    const file = `crm_${version}.zip`;
    const rows = [{ ride_id: version.slice(1), km: '10' }];
    const tables = [{ name: 'rides', columns: columns('ride_id int', 'km distance'), rows }];
    writeFileSync(join(folder, file), await zipDump({ file, tables }));
  }
  const types = join(folder, 'types.yaml');
  const run = async (type: string, onExisting: string) => {
    writeFileSync(
      types,
      `kind: ConfigMap\napiVersion: v1\nmetadata: { name: types }\ndata:\n  crm.yaml: |\n    types:\n      distance: ${type}\n`,
    );
    const input = manifest(folder, `  ${DIALECT}\n  loading: { onExisting: ${onExisting} }\n`);
    const files = ['-f', '-', '-f', types, '--database', database.uri, '-o', 'json'];
    const { code, stdout, stderr } = await motherload(['run', ...files], { input });
    const { ingestions } = JSON.parse(stdout) as {
      ingestions: [{ tables: { spec: { versionTable: string }; status: { phase: string } }[] }];
    };
    assert.equal(code, 0, stderr);
    return ingestions[0].tables.map(({ spec, status }) => `${spec.versionTable} ${status.phase}`);
  };
  const state = async () => ({
    types: (
      await database.query(
        `SELECT attrelid::regclass || ' ' || format_type(atttypid, atttypmod) AS type FROM pg_attribute
          WHERE attname = 'km' AND attrelid IN ('rides'::regclass, 'v1_rides'::regclass, 'v2_rides'::regclass) ORDER BY 1`,
      )
    ).map(({ type }) => type),
    loads: await database.query('SELECT version_table, load_id FROM motherload.loads ORDER BY 1'),
    rows: await database.query('SELECT ride_id, km::int FROM rides ORDER BY 1'),
  });
  return { run, state };
}

describe('a file that is loaded, by a run with a wider type map of its own', () => {
  it('is loaded again once by Replace, which widens its mother', async () => {
    const { run, state } = await scene();
    assert.deepEqual(await run('integer', 'Fail'), ['v1_rides Loaded', 'v2_rides Loaded']);
    const before = await state();
    assert.deepEqual(await run('bigint', 'Replace'), ['v1_rides Loaded', 'v2_rides Loaded']);
    const after = await state();
    assert.deepEqual(after.types, ['rides bigint', 'v1_rides bigint', 'v2_rides bigint']);
    assert.deepEqual(after.rows, before.rows);
    assert.notDeepEqual(after.loads, before.loads);
    assert.deepEqual(await run('bigint', 'Replace'), ['v1_rides AlreadyLoaded', 'v2_rides AlreadyLoaded']);
    assert.deepEqual(await state(), after);
  });

  it('is left as it is by Fail and Skip, and so is its mother', async () => {
    const { run, state } = await scene();
    await run('integer', 'Fail');
    const before = await state();
    assert.deepEqual(before.types, ['rides integer', 'v1_rides integer', 'v2_rides integer']);
    for (const mode of ['Fail', 'Skip']) {
      assert.deepEqual(await run('bigint', mode), ['v1_rides AlreadyLoaded', 'v2_rides AlreadyLoaded']);
      assert.deepEqual(await state(), before, mode);
    }
  });
});
