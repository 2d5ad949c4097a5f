import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../database.ts';
import { rawZip } from '../failing-dumps/failing-dumps.ts';
import { motherload, temporaryFolder } from './cli.ts';
import { manifest } from './dumps.ts';

const SCHEMA = JSON.stringify([{ column_name: 'id', column_type: 'int' }]);
const WHOLE = 'id\n1\n2\nx\n';
const CHUNKS = [
  { name: 'rows.00000.dat', content: 'id\n1\n', method: 8, packed: deflateRawSync('id\n1\n') },
  { name: 'rows.00001.dat', content: 'id\n2\n', method: 93, packed: zstdCompressSync('id\n2\n') },
  { name: 'rows.00002.dat', content: 'id\n3\n', method: 0, packed: Buffer.from('id\n3\n') },
];
const crcOf = (text: string) => crc32(text).toString(16).padStart(8, '0');
const sha256 = (...parts: readonly Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex');

for (const version of SUPPORTED_VERSIONS)
  test(`the ledger of PostgreSQL ${version} has the SHA-256 of the packed bytes of an entry, or of all of a table in chunks, and what became of them`, async () => {
    const database = await createTestDatabase(version);
    const folder = temporaryFolder();
    const entries = [
      { name: 'whole.json', content: SCHEMA },
      { name: 'whole.dat', content: WHOLE },
      { name: 'rows.json', content: SCHEMA },
      ...CHUNKS,
    ];
    writeFileSync(join(folder, 'crm_v1.zip'), rawZip(entries));
    const input = manifest(folder, '  motherTables: { withoutMother: Load }\n  rejects: { limit: 1 }\n');
    const { code, stdout, stderr } = await motherload(['run', '-f', '-', '--database', database.uri], { input });
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(
      await database.query(
        `SELECT version_table AS table, sha256, CASE version_table WHEN 'v1_whole' THEN entry_crc32 END AS crc32, entry_bytes::int AS bytes, records::int, rows::int, rejects::int, checksum IS NOT NULL AS proven
           FROM motherload.loads ORDER BY 1`,
      ),
      [
        {
          ...{ table: 'v1_rows', sha256: sha256(...CHUNKS.map(({ packed }) => packed)), bytes: 15 },
          crc32: null,
          ...{ records: 3, rows: 3, rejects: 0, proven: true },
        },
        {
          ...{ table: 'v1_whole', sha256: sha256(deflateRawSync(WHOLE)), bytes: WHOLE.length },
          crc32: crcOf(WHOLE),
          ...{ records: 3, rows: 2, rejects: 1, proven: true },
        },
      ],
    );
  });
