import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import pg from 'pg';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

/** Of the database; the dump is in LATIN1. */
const ENCODINGS = ['SQL_ASCII', 'LATIN1', 'UTF8'];

for (const version of SUPPORTED_VERSIONS) {
  describe(`motherload verify of letters beyond ASCII, on PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    const name = /test_\w+/.exec(database.uri)?.[0] ?? '';
    const folder = temporaryFolder();
    const manifest = join(folder, 'ingestion.yaml');
    writeFileSync(manifest, manifestText('format: { encoding: LATIN1 }'));
    const text = 'ride_id|rider\n1|Zo\xeb\n2|Ann\n';
    await writeDump(join(folder, 'dumps'), 'crm_v1.zip', {
      rides: { columns: { ride_id: 'int', rider: 'varchar(20)' }, rows: [], text },
    });

    for (const encoding of ENCODINGS) {
      it(`finds them in a database in ${encoding}, and one that was changed`, async () => {
        const own = `${name}_${encoding.toLowerCase()}`;
        const uri = database.uri.replace(name, own);
        await database.query(`CREATE DATABASE ${own} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`);
        try {
          const run = (command: string) =>
            motherload([command, '-f', manifest, '--dumps', join(folder, 'dumps'), '--database', uri]);
          const loaded = await run('run');
          assert.equal(loaded.code, 0, loaded.stdout + loaded.stderr);
          const same = await run('verify');
          assert.equal(same.code, 0, same.stdout + same.stderr);
          const client = new pg.Client(uri);
          await client.connect();
          await client.query("UPDATE v1_rides SET rider = 'Zoe' WHERE ride_id = 1");
          await client.end();
          const changed = await run('verify');
          assert.equal(changed.code, 1, changed.stderr);
          assert.match(changed.stdout, /1 row is only in the dump, and 1 only in the table/);
        } finally {
          await database.query(`DROP DATABASE ${own} WITH (FORCE)`);
        }
      });
    }
  });
}
