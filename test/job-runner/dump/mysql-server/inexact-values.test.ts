import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { LoadTask } from '../../../../crds/contract/task.ts';
import { failureOf } from '../../../bucket/bucket-scene.ts';
import { createTestDatabase } from '../../../database.ts';
import { IS_MYSQL } from '../../../mariadb.ts';
import { entryOf, load } from '../source-database-tables.ts';
import { folder, mariadb, tasks } from './server-scene.ts';

/** Character sets, a text that each has in Unicode, question marks among it, and bytes that it keeps and knows no character for. */
const SETS: readonly (readonly [set: string, text: string, bytes: string, lost: string])[] = [
  // MySQL cuts a text at the first byte that is not ascii.
  ...(IS_MYSQL ? [] : [['ascii', 'A?B', '413f42', '41e942'] as const]),
  ['cp1251', 'Ж?', 'c63f', 'c698'],
  ['greek', 'α?', 'e13f', 'e1ff'],
  ['hebrew', 'א?', 'e03f', 'e0a1'],
  ['cp1257', 'Ā?', 'c23f', 'c281'],
  ['swe7', 'Å?', '5d3f', '5d80'],
  ['tis620', 'ก?', 'a13f', 'a1fc'],
  ['sjis', 'あ?', '82a03f', '82a081ad'],
  ['cp932', '纊?', 'ed403f', 'ed4081ad'],
  ['euckr', '가?', 'b0a13f', 'b0a1c9a1'],
  ['gbk', '中?', 'd6d03f', 'd6d0a2a0'],
  ['big5', '中?', 'a4a43f', 'a4a4c7fd'],
];

describe('a value that the server cannot spell', () => {
  for (const [set, text, bytes, lost] of SETS)
    it(`is a reject where ${set} has no character of Unicode for it, and never a question mark`, async () => {
      mariadb.query(`USE crm; SET sql_mode = ''; DROP TABLE IF EXISTS words;
        CREATE TABLE words (id int PRIMARY KEY, word varchar(20) CHARACTER SET ${set}, kind enum('?', 'b') CHARACTER SET ${set}) CHARACTER SET ${set};
        INSERT INTO words VALUES (1, _${set} X'${bytes}', '?'), (2, NULL, NULL), (3, '', 'b'), (4, '??', 'b');
        INSERT INTO words SELECT 5, X'${lost}', 'b'`);
      const [kept] = mariadb.query('SELECT HEX(word) FROM crm.words WHERE id = 5');
      assert.equal(kept?.toLowerCase(), lost);
      const [database, own] = [await createTestDatabase(), tasks()];
      const task = own.loadOf(await entryOf(own, database, 'words'));
      const failure = await failureOf(load(database, task));
      assert.deepEqual([failure.code, failure.line, failure.column], ['Sql22021', 5, 'word']);
      assert.match(failure.message, /the source has no exact text of this value in UTF-8/);
      const { rows, rejects } = await load(database, { ...task, rejects: { limit: 1 } });
      assert.deepEqual([rows, rejects], [4, 1]);
      assert.deepEqual(await database.query('SELECT word, kind FROM v1_words ORDER BY v1_words.id'), [
        { word: text, kind: '?' },
        { word: null, kind: null },
        { word: '', kind: 'b' },
        { word: '??', kind: 'b' },
      ]);
      assert.deepEqual(await database.query('SELECT line::int, code FROM motherload.rejects'), [
        { line: 5, code: 'NotInEncoding' },
      ]);
    });

  it('is a geometry of more than half of max_allowed_packet, which is refused and never NULL', async () => {
    mariadb.query(`USE crm; DROP TABLE IF EXISTS roads; CREATE TABLE roads (id int PRIMARY KEY, road linestring);
      INSERT INTO roads VALUES (1, ST_GeomFromText('LINESTRING(0 1,2 3)', 3857)), (2, NULL);
      INSERT INTO roads SELECT 3, ST_GeomFromText(CONCAT('LINESTRING(0 1', REPEAT(',2 3', 40000), ')'), 3857);
      INSERT INTO roads SELECT 4, ST_GeomFromText(CONCAT('LINESTRING(0 1', REPEAT(',2 3', 40000), ')'))`);
    const [database, own] = [await createTestDatabase(), tasks()];
    const task = own.loadOf(await entryOf(own, database, 'roads'));
    mariadb.query('SET GLOBAL max_allowed_packet = 1048576');
    try {
      const failure = await failureOf(load(database, task));
      assert.deepEqual([failure.code, failure.line, failure.column], ['Sql22021', 3, 'road']);
      const { rows, rejects } = await load(database, { ...task, rejects: { limit: 2 } });
      // MySQL's limit is one of CONCAT, which only a geometry with an SRID needs.
      assert.deepEqual([rows, rejects], IS_MYSQL ? [3, 1] : [2, 2]);
    } finally {
      mariadb.query('SET GLOBAL max_allowed_packet = 67108864');
    }
    const whole = await createTestDatabase();
    assert.equal((await load(whole, task)).rows, 4);
    assert.deepEqual(
      await whole.query('SELECT length(road) AS digits, left(road, 26) AS head FROM v1_roads ORDER BY v1_roads.id'),
      [
        { digits: 2 * (13 + 2 * 16), head: '0102000020110F000002000000' },
        { digits: null, head: null },
        { digits: 2 * (13 + 40001 * 16), head: '0102000020110F0000419C0000' },
        { digits: 2 * (9 + 40001 * 16), head: '0102000000419C000000000000' },
      ],
    );
  });

  describe('may be in a column', () => {
    mariadb.query(`USE crm; CREATE TABLE cyrillic (id int PRIMARY KEY, word varchar(20) CHARACTER SET cp1251);
      CREATE TABLE latin (id int PRIMARY KEY, word varchar(20) CHARACTER SET latin1); INSERT INTO latin VALUES (1, 'é')`);
    const own = tasks();

    it('that is refused in a database which takes any byte as a text', async () => {
      const database = await createTestDatabase();
      const name = `${database.client.database ?? ''}_ascii`;
      await database.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'`);
      const ascii = { ...database, uri: database.uri.replace(/\/\w+\?/, `/${name}?`) };
      try {
        const failure = await failureOf(load(ascii, own.loadOf(await entryOf(own, ascii, 'cyrillic'))));
        assert.deepEqual([failure.code, failure.column], ['NotInEncoding', 'word']);
        assert.match(failure.message, /the target database is SQL_ASCII and takes any byte/);
        assert.equal((await load(ascii, own.loadOf(await entryOf(own, ascii, 'latin')))).rows, 1);
      } finally {
        await database.query(`DROP DATABASE ${name} WITH (FORCE)`);
      }
    });

    it('that is refused where a dialect makes bytes of texts', async () => {
      const database = await createTestDatabase();
      const file = join(folder, 'bytes.yaml');
      writeFileSync(file, 'types: { varchar: { type: bytea, conversion: hex } }');
      const dialects = [
        { name: 'bytes', extends: 'mysql', typesFrom: { configMapKeyRef: { name: 'own', key: 'types' } } },
      ];
      const asBytes = async (table: string): Promise<LoadTask> => {
        const task = own.loadOf(await entryOf(own, database, table));
        const dump = { ...task.table.dump, dialect: 'bytes' };
        const format = { ...task.format, dialects } as LoadTask['format'];
        return { ...task, format, table: { ...task.table, dump }, dialectFiles: { bytes: file } };
      };
      const failure = await failureOf(load(database, await asBytes('cyrillic')));
      assert.deepEqual([failure.code, failure.column], ['NotInEncoding', 'word']);
      assert.match(failure.message, /bytea takes any byte/);
      await load(database, await asBytes('latin'));
      assert.deepEqual(await database.query('SELECT word::text FROM v1_latin'), [{ word: '\\xc3a9' }]);
    });
  });
});
