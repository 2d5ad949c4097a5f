import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import { readManifests } from '../../crds/contract/manifest.ts';
import { runLocally, type LocalView } from '../../operator/local/run-locally.ts';
import { Runners } from '../../operator/local/runners.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { rawZip, type RawEntry } from '../failing-dumps/failing-dumps.ts';
import { temporaryFolder, writeFiles } from '../job-runner/catalogue/tasks.ts';
import { packDeflate64 } from '../job-runner/dump/deflate64-packer.ts';
import { manifestText } from '../manifest.ts';

const MAIN = join(import.meta.dirname, '../../job-runner/main.ts');

/** Runs the dumps of a folder by a manifest; links are written as their targets. */
async function run(
  database: TestDatabase,
  dumps: Readonly<Record<string, Buffer | string>>,
  text = manifestText(),
): Promise<LocalView> {
  const [manifest] = readManifests([{ name: 'nightly.yaml', text }]).ingestions;
  assert(manifest !== undefined);
  const dumpsFolder = temporaryFolder();
  for (const [file, content] of Object.entries(dumps)) {
    if (typeof content === 'string') symlinkSync(content, join(dumpsFolder, file));
    else writeFiles(dumpsFolder, { [file]: content });
  }
  const command = [process.execPath, MAIN];
  const runners = new Runners({ command, databaseUri: database.uri, captureLog: false, graceMilliseconds: 5000 });
  try {
    const backOff = { base: 20, cap: 100 };
    return await runLocally({
      manifest,
      dumpsFolder,
      dialectFiles: {},
      runners,
      log: SILENT_LOG,
      backOff,
    });
  } finally {
    await runners.end();
  }
}

const outcomes = (view: LocalView) =>
  Object.fromEntries(view.tables.map(({ spec, status }) => [spec.dump.file, `${status.phase ?? ''} ${spec.reason}`]));
const SCHEMA = JSON.stringify([
  { column_name: 'id', column_type: 'int' },
  { column_name: 'note', column_type: 'varchar(50)' },
]);
/** A table's two entries; `more` is for both. */
const table = (
  name: string | Buffer,
  id: number,
  more: Partial<RawEntry> = {},
  dat: Partial<RawEntry> = {},
): RawEntry[] => {
  const withExtension = (extension: string) => Buffer.concat([Buffer.from(name), Buffer.from(extension)]);
  return [
    { ...more, name: withExtension('.json'), content: SCHEMA },
    { ...more, name: withExtension('.dat'), content: `id|note\n${id}|n${id}\n`, ...dat },
  ];
};

describe('dumps as they are found', () => {
  it('have one mother table for one table, whatever wrote the ZIP', async () => {
    const database = await createTestDatabase();
    const content = 'id|note\n7|n7\n';
    const dumps = {
      'crm_v1.zip': rawZip(table('Größe', 1)),
      'crm_v2.zip': rawZip(table('Größe', 2, { flags: 0 })),
      'crm_v3.zip': rawZip(table('gro\u0308ße', 3, { flags: 0 })),
      'crm_v4.zip': rawZip(table(Buffer.from('Gr\x94\xe1e', 'latin1'), 4, { flags: 0 })),
      'crm_v5.zip': rawZip(table('export\\GRÖßE', 5, { flags: 0, versionMadeBy: 20 })),
      'shop_v6.zip': rawZip(table('gr@1i@1je', 6)),
      'crm_v7.zip': rawZip(table('größe', 7, {}, { method: 9, packed: packDeflate64(Buffer.from(content)) })),
      'crm_v8.zip': rawZip(table('größe', 8, {}, { method: 93 })),
      'crm_v9.zip': Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), rawZip(table('größe', 9)), Buffer.alloc(512)]),
    };
    const spec = 'format: { dialectRules: [{ dump: "shop_*", dialect: mysql }] }\n';
    const view = await run(database, dumps, manifestText(spec));
    assert.equal(view.ingestion.phase, 'Complete', JSON.stringify(outcomes(view)));
    assert.deepEqual(
      await database.query('SELECT tableoid::regclass::text AS version, id, note FROM "größe" ORDER BY id'),
      Array.from({ length: 9 }, (_, index) => ({
        version: `"v${index + 1}_größe"`,
        id: index + 1,
        note: `n${index + 1}`,
      })),
    );
  });

  it('are loaded once where they are there twice', async () => {
    const database = await createTestDatabase();
    const zip = rawZip(table('notes', 1));
    const dumps = {
      'crm_v1.zip': zip,
      'crm_latest.zip': 'crm_v1.zip',
      'crm_v1 (1).zip': zip,
      'latest.zip': 'crm_v1.zip',
    };
    const view = await run(database, dumps);
    assert.equal(view.ingestion.phase, 'Complete', JSON.stringify(outcomes(view)));
    assert.deepEqual(outcomes(view), {
      'crm_v1.zip': 'Loaded MotherFound',
      'crm_latest.zip': 'Skipped DuplicateDump',
      'crm_v1 (1).zip': 'Skipped DuplicateDump',
      'latest.zip': 'Skipped DuplicateDump',
    });
    assert.deepEqual(await database.query('SELECT id, note FROM notes'), [{ id: 1, note: 'n1' }]);
  });

  it('lie in the folders of tenants', async () => {
    const database = await createTestDatabase();
    const dumps = { 'acme/crm_v1.zip': rawZip(table('notes', 1)), 'globex/crm_v1.zip': rawZip(table('notes', 2)) };
    const text = manifestText().replace('target: {', 'target: { versionTableName: "{folder}_{version}_{table}",');
    assert.equal((await run(database, dumps, text)).ingestion.phase, 'Complete');
    assert.deepEqual(await database.query('SELECT tableoid::regclass::text AS version, id FROM notes ORDER BY id'), [
      { version: 'acme_v1_notes', id: 1 },
      { version: 'globex_v1_notes', id: 2 },
    ]);
  });

  it('have tables in chunks, and schema files and headers as SQL Server prints them', async () => {
    const database = await createTestDatabase();
    const columns = Array.from({ length: 80 }, (_, index) => `attribute ${index}`);
    const json = JSON.stringify(columns.map((column_name) => ({ column_name, column_type: 'int' })));
    const rows = `[${' '.repeat(2033 - json.indexOf('attribute 20') - 5)}${json.slice(1)}`.match(/.{1,2033}/gs) ?? [];
    const header = columns.map((name) => name.padEnd(20)).join('|');
    const chunk = (first: number) => `${header}\n${columns.map((_, index) => first + index).join('|')}\n`;
    const zip = rawZip([
      { name: 'readings.json', content: Buffer.from(`\ufeff${rows.join('\r\n')}\r\n`, 'utf16le') },
      { name: 'readings.00000.dat', content: chunk(0) },
      { name: 'readings.00001.dat', content: chunk(1000) },
    ]);
    const view = await run(database, { 'crm_v1.zip': zip });
    assert.equal(view.ingestion.phase, 'Complete', JSON.stringify(outcomes(view)));
    assert.equal(view.ingestion.rows, 2);
    const [described] = await database.query(
      `SELECT count(*)::int AS columns, string_agg(attname, ',' ORDER BY attnum) = $1 AS named, bool_and(atttypid = 'int'::regtype) AS typed
         FROM pg_attribute WHERE attrelid = 'v1_readings'::regclass AND attnum > 0`,
      [columns.join(',')],
    );
    assert.deepEqual(described, { columns: 80, named: true, typed: true });
    assert.deepEqual(
      await database.query(
        'SELECT "attribute 0" AS first, "attribute 20" AS cut, "attribute 79" AS last FROM readings ORDER BY 1',
      ),
      [
        { first: 0, cut: 20, last: 79 },
        { first: 1000, cut: 1020, last: 1079 },
      ],
    );
  });
});
