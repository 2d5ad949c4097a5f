import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { motherload, temporaryFolder } from '../bin/cli.ts';
import { createTestDatabase } from '../database.ts';
import { rawZip } from '../failing-dumps/raw-zip.ts';
import { manifestText } from '../manifest.ts';

/** What a source's own tools wrote, by the files' names. */
export type SourceFiles = Readonly<Record<string, Buffer | string>>;

/** Runs a manifest with this format on the files, zipped as they are. */
export async function runSource(format: string, files: SourceFiles) {
  const folder = temporaryFolder();
  const manifest = join(folder, 'ingestion.yaml');
  writeFileSync(manifest, manifestText(`format: { ${format} }`));
  const entries = Object.entries(files).map(([name, content]) => ({ name, content }));
  writeFileSync(join(folder, 'crm_v1.zip'), rawZip(entries));
  const database = await createTestDatabase();
  await database.query("SET TimeZone = 'UTC'");
  const result = await motherload(['run', '-f', manifest, '--dumps', folder, '--database', database.uri]);
  return { ...result, database };
}

/** The version tables of a run that must succeed: each with its columns and their types, and its rows as texts. */
export async function loadSource(format: string, files: SourceFiles) {
  const { code, stderr, database } = await runSource(format, files);
  assert.equal(code, 0, stderr);
  const tables = await database.query(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname LIKE 'v1%' ORDER BY 1",
  );
  const content: Record<string, { columns: string[]; rows: unknown[][] }> = {};
  for (const { name } of tables) {
    const columns = await database.query(
      `SELECT attname AS name, attname || ' ' || format_type(atttypid, atttypmod) AS column FROM pg_attribute
        WHERE attrelid = format('%I', $1::text)::regclass AND attnum > 0 ORDER BY attnum`,
      [name],
    );
    const texts = columns.map((column) => `"${(column['name'] as string).replaceAll('"', '""')}"::text`);
    const rows = await database.client.query({
      text: `SELECT ${texts.join(', ')} FROM "${name as string}" ORDER BY 1`,
      rowMode: 'array',
    });
    content[name as string] = {
      columns: columns.map(({ column }) => column as string),
      rows: rows.rows as unknown[][],
    };
  }
  return content;
}
