import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect } from '../../../job-runner/database/connection.ts';
import { replayTable } from '../../../job-runner/load/replay.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';
import { load, taskOf } from './load-scene.ts';

const TEXT = Buffer.from('ride_id|rider\n1|ok\nД é|a number\n3|Да\n4|é\n').toString('latin1');

for (const version of SUPPORTED_VERSIONS) {
  suite(`rejects in a database whose encoding lacks a character, on PostgreSQL ${version}`, () => {
    for (const [encoding, value, line] of [
      ['LATIN1', String.raw`\u{414} é`, 4],
      ['EUC_KR', String.raw`\u{414} \u{e9}`, 5],
    ] as const)
      test(`are kept, be it a value that is shown or one that cannot be stored, in ${encoding}`, async () => {
        const server = await createTestDatabase(version);
        const name = `encoded_${crypto.randomUUID().replaceAll('-', '')}`;
        await server.query(
          `CREATE DATABASE ${name} ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`,
        );
        const uri = server.uri.replace(/\/[^/?]+(?=\?|$)/, `/${name}`);
        const db = await connect(uri);
        try {
          await db.query('CREATE TABLE rides (ride_id integer, rider text)');
          const task = await taskOf({ text: TEXT, spec: 'format: { encoding: UTF8 }\nrejects: { limit: 5 }' });
          const loaded = await load({ uri }, task);
          const kept = async () =>
            (
              await db.query<{ line: number; code: string; value: string | null }>(
                'SELECT line::int, code, value FROM motherload.rejects ORDER BY line',
              )
            ).rows;
          const found = [
            { line: 3, code: 'ValueUnclear', value },
            { line, code: 'Sql22P05', value: null },
          ];
          assert.deepEqual([loaded.rows, await kept()], [2, found]);
          assert.deepEqual((await replayTable(task, uri, db))?.rejects, { loaded: 0, left: 2 });
          assert.equal((await kept())[0]?.value, value);
        } finally {
          await db.end();
          await server.query(`DROP DATABASE ${name}`);
        }
      });
  });
}
