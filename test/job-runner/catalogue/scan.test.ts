import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { describeFailure } from '../../../crds/contract/errors.ts';
import { scanDumps } from '../../../job-runner/catalogue/scan.ts';
import {
  DAMAGED_DATS,
  goodDump,
  rawZip,
  UNLOADABLE_TABLES,
  UNREADABLE_DUMPS,
  zipOf,
  USERS_DAT,
  USERS_SCHEMA,
} from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder, writeFiles } from './tasks.ts';

const LIMITS = 'limits: { maxEntryBytes: 1000000000 }\n';

async function scan(files: Readonly<Record<string, string | Buffer>>, spec = '') {
  const folder = temporaryFolder();
  writeFiles(folder, files);
  return await scanDumps(catalogueTask(folder, spec));
}
const found = (tables: Awaited<ReturnType<typeof scan>>) =>
  tables.map(({ dump, table, failure }) => [dump.file, table, failure?.code ?? 'fine'].join(' '));

describe('a scan', () => {
  it('finds the tables of all dumps, in order, with what their names say', async () => {
    const zip = await goodDump();
    const tables = await scan({ 'crm_v2.zip': zip, 'crm_v10.zip': zip, 'old/my_app_v1.ZIP': zip, 'notes.txt': 'x' });
    assert.deepEqual(
      tables.map(({ dump }) => dump),
      [
        { file: 'crm_v10.zip', app: 'crm', version: 'v10', dialect: 'mssql' },
        { file: 'crm_v2.zip', app: 'crm', version: 'v2', dialect: 'mssql' },
        { file: 'old/my_app_v1.ZIP', app: 'my_app', version: 'v1', dialect: 'mssql' },
      ],
    );
    const [first] = tables;
    assert.equal(first?.table, 'users');
    assert.deepEqual(first.columns, [
      { name: 'user_id', sourceType: 'int' },
      { name: 'email', sourceType: 'varchar' },
    ]);
    assert.equal(first.dat?.name, 'users.dat');
    assert.equal(first.schemaFile?.name, 'users.json');
  });

  it('takes names of entries in any case, and in folders, and passes over other files', async () => {
    const zip = await zipOf({
      'dump/Users.DAT': USERS_DAT,
      'dump/USERS.json': USERS_SCHEMA,
      'dump/readme.txt': 'read me',
      '__MACOSX/dump/._Users.DAT': 'attributes',
      'dump/.DS_Store': 'x',
    });
    assert.deepEqual(found(await scan({ 'crm_v1.zip': zip })), ['crm_v1.zip users fine']);
  });

  it('takes other extensions, the longer one first', async () => {
    const zip = await zipOf({ 'users.schema.txt': USERS_SCHEMA, 'users.txt': USERS_DAT });
    const spec = 'format: { schemaExtension: .schema.txt, datExtension: .txt }\n';
    assert.deepEqual(found(await scan({ 'crm_v1.zip': zip }, spec)), ['crm_v1.zip users fine']);
  });

  it('takes an empty DAT file where there is no header', async () => {
    const zip = await zipOf({ 'users.json': USERS_SCHEMA, 'users.dat': '' });
    assert.deepEqual(found(await scan({ 'crm_v1.zip': zip }, 'format: { header: false }\n')), [
      'crm_v1.zip users fine',
    ]);
  });

  it('takes what the globs take, hidden folders only where they name them', async () => {
    const zip = await goodDump();
    const files = { 'a_1.zip': zip, 'b_1.zip': zip, 'sub/a_2.zip': zip, '.hidden/a_3.zip': zip };
    const source = (globs: string) => `source: { volume: { persistentVolumeClaim: { claimName: dumps } }, ${globs} }\n`;
    assert.deepEqual(found(await scan(files)), ['a_1.zip users fine', 'b_1.zip users fine', 'sub/a_2.zip users fine']);
    assert.deepEqual(found(await scan(files, source('include: ["a_*.zip"]'))), ['a_1.zip users fine']);
    assert.deepEqual(found(await scan(files, source('exclude: ["sub/**", "b_*"]'))), ['a_1.zip users fine']);
    assert.deepEqual(found(await scan(files, source('include: [".hidden/*.zip"]'))), ['.hidden/a_3.zip users fine']);
  });

  it('chooses the dialect by rules', async () => {
    const zip = await goodDump();
    const spec =
      'format: { dialectRules: [{ dump: "shop_*", dialect: mysql }, { dump: "shop_v2*", dialect: mssql }] }\n';
    const tables = await scan({ 'crm_v1.zip': zip, 'deep/shop_v1.zip': zip, 'shop_v2.zip': zip }, spec);
    assert.deepEqual(
      tables.map(({ dump }) => dump.dialect),
      ['mssql', 'mysql', 'mysql'],
    );
  });

  it('lists a dump whose name does not match as failed', async () => {
    const tables = await scan({ 'backup.zip': await goodDump(), 'crm_v1.zip': await goodDump() });
    assert.deepEqual(found(tables), ['backup.zip * DumpNameDoesNotMatch', 'crm_v1.zip users fine']);
  });

  it('never follows a link out of the folder, and follows one within it', async () => {
    const outside = temporaryFolder();
    const folder = temporaryFolder();
    writeFiles(outside, { 'secret_v1.zip': await goodDump() });
    writeFiles(folder, { '..data/crm_v1.zip': await goodDump() });
    symlinkSync(join(outside, 'secret_v1.zip'), join(folder, 'secret_v1.zip'));
    symlinkSync(outside, join(folder, 'linked'));
    symlinkSync('nowhere', join(folder, 'gone_v1.zip'));
    symlinkSync('..data/crm_v1.zip', join(folder, 'crm_v1.zip'));
    symlinkSync('/dev/zero', join(folder, 'zero_v1.zip'));
    symlinkSync('.', join(folder, 'round'));
    assert.deepEqual(found(await scanDumps(catalogueTask(folder))), [
      'crm_v1.zip users fine',
      'gone_v1.zip * DumpMissing',
      'secret_v1.zip * DumpOutsideFolder',
      'zero_v1.zip * DumpOutsideFolder',
    ]);
  });

  it('stops where there is no dump at all, and says where it looked', async () => {
    await assert.rejects(scan({ 'notes.txt': 'x' }), {
      name: 'ManifestError',
      code: 'NoDumps',
      message: /no file matches \*\*\/\*\.zip/,
    });
  });

  it('stops where the folder is missing', async () => {
    await assert.rejects(scanDumps(catalogueTask('/nowhere/at/all')), {
      code: 'DumpsFolder',
      location: { file: '/nowhere/at/all' },
    });
  });

  it('stops where there are more tables than allowed', async () => {
    const zip = await zipOf({ 'a.json': USERS_SCHEMA, 'a.dat': USERS_DAT, 'b.json': USERS_SCHEMA, 'b.dat': USERS_DAT });
    await assert.rejects(scan({ 'crm_v1.zip': zip, 'crm_v2.zip': zip }, 'limits: { maxTables: 3 }\n'), {
      code: 'TooManyTables',
    });
  });

  it('reads many dumps', async () => {
    const zip = await goodDump();
    const tables = await scan(
      Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`crm_v${index}.zip`, zip])),
    );
    assert.equal(tables.filter(({ failure }) => failure === undefined).length, 300);
  });

  it('takes odd names as names', async () => {
    const name = 'users"; DROP TABLE x; --';
    const zip = rawZip([
      { name: `${name}.json`, content: USERS_SCHEMA },
      { name: `${name}.dat`, content: USERS_DAT },
      { name: '*.json', content: USERS_SCHEMA },
      { name: '*.dat', content: USERS_DAT },
    ]);
    assert.deepEqual(
      (await scan({ "a'b_v1.zip": zip })).map(({ table }) => table),
      ['*', name.toLowerCase()],
    );
  });
});

describe('a scan lists as failed, and goes on with the others, where', () => {
  for (const { title, table, reason, message, build } of [...UNREADABLE_DUMPS, ...UNLOADABLE_TABLES]) {
    it(title, async () => {
      const tables = await scan({ 'bad_v1.zip': await build(), 'good_v1.zip': await goodDump() }, LIMITS);
      assert.deepEqual(found(tables), [`bad_v1.zip ${table} ${reason}`, 'good_v1.zip users fine']);
      const failure = tables[0]?.failure;
      assert(failure !== undefined);
      assert.match(failure.file ?? '', /^bad_v1\.zip/);
      assert.match(describeFailure(failure), message);
    });
  }
});

describe('a scan reads no DAT file, so it finds nothing wrong where', () => {
  for (const { title, build } of DAMAGED_DATS) {
    it(title, async () =>
      assert.deepEqual(found(await scan({ 'bad_v1.zip': await build() })), ['bad_v1.zip users fine']),
    );
  }
});
