import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startMariadb } from '../mariadb.ts';
import { loadSource, runSource } from './source-dumps.ts';

const mariadb = await startMariadb();
mariadb.query(`
  SET GLOBAL time_zone = '+00:00';
  CREATE DATABASE gbk CHARACTER SET gbk; CREATE DATABASE sjis CHARACTER SET sjis; CREATE DATABASE twice CHARACTER SET latin1;
  CREATE DATABASE mixed; CREATE DATABASE wide; CREATE DATABASE places;
  CREATE TABLE gbk.words (id int, a varchar(20), code char(2) CHARACTER SET ascii, flag bit(1), photo blob);
  INSERT INTO gbk.words VALUES (1, '誠乗\\\\|\\t亅', 'xy', 1, NULL), (2, '中文', NULL, 0, '');
  CREATE TABLE gbk.photos (a varchar(20), photo blob);
  INSERT INTO gbk.photos VALUES ('中文', 'abcd');
  CREATE TABLE gbk.flags (a varchar(20), flags bit(8));
  INSERT INTO gbk.flags VALUES ('中文', 0x31);
  CREATE TABLE sjis.words (a varchar(20));
  INSERT INTO sjis.words VALUES ('ソ表能\\n予'), ('十'), ('ﾎ');
  CREATE TABLE twice.words (a varchar(20), b enum('Ã©'));
  INSERT INTO twice.words VALUES ('ZoÃ«', 'Ã©');
  CREATE TABLE twice.plain (a varchar(20));
  INSERT INTO twice.plain VALUES ('Zoe');
  CREATE TABLE mixed.words (a varchar(20) CHARACTER SET gbk, b varchar(20) CHARACTER SET sjis);
  INSERT INTO mixed.words VALUES ('中文', '表');
  CREATE TABLE wide.words (a varchar(20) CHARACTER SET utf16);
  INSERT INTO wide.words VALUES ('本本');
  CREATE TABLE places.shops (id int, place point, outline geometry);
  INSERT INTO places.shops VALUES (1, POINT(1, 2.5), GeomFromText('LINESTRING(0 0,9 10)', 4326)), (2, NULL, NULL);`);

const PRESET = 'preset: mysql-tab';
const UTF8 = '--default-character-set=utf8mb4';

async function rowsOf(table: string, format: string, files: Parameters<typeof loadSource>[1]) {
  return (await loadSource(format, files))[`v1_${table}`]?.rows;
}

function only(database: string, table: string, ...options: string[]) {
  const files = mariadb.dump(database, ...options);
  return Object.fromEntries(Object.entries(files).filter(([name]) => name.startsWith(`${table}.`)));
}

describe('texts in a folder that mariadb-dump --tab writes', () => {
  it('are loaded where all are in one character set whose characters have several bytes', async () => {
    const words = [
      ['1', '誠乗\\|\t亅', 'xy', '1', null],
      ['2', '中文', null, '0', '\\x'],
    ];
    assert.deepEqual(await rowsOf('words', PRESET, only('gbk', 'words')), words);
    const texts = [['ソ表能\n予'], ['十'], ['ﾎ']].sort();
    assert.deepEqual((await rowsOf('words', PRESET, mariadb.dump('sjis')))?.toSorted(), texts);
    assert.deepEqual((await rowsOf('words', PRESET, mariadb.dump('sjis', UTF8)))?.toSorted(), texts);
  });

  it('are refused where two of these are in one file', async () => {
    const { code, stderr } = await runSource(PRESET, mariadb.dump('mixed'));
    assert.equal(code, 1, stderr);
    assert.match(stderr, /words\.txt.*character set gbk.*--default-character-set=utf8mb4/s);
    assert.deepEqual(await rowsOf('words', PRESET, mariadb.dump('mixed', UTF8)), [['中文', '表']]);
  });

  it('are refused in UTF-16, which may be letters of ASCII, until the manifest says UTF8', async () => {
    const { code, stderr } = await runSource(PRESET, mariadb.dump('wide'));
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /column a: .* utf16, and nothing shows whether the file is: .*set spec\.format\.encoding to UTF8/,
    );
    assert.deepEqual(await rowsOf('words', `${PRESET}, encoding: UTF8`, mariadb.dump('wide', UTF8)), [['本本']]);
  });

  it('are a warning where they are UTF-8 and MySQL has them in another character set', async () => {
    const warning = /MySQL has a, b in latin1: set spec\.format\.encoding to UTF8 if .*, or else to WIN1252/;
    const { code, stdout } = await runSource(PRESET, mariadb.dump('twice'));
    assert.equal(code, 0, stdout);
    assert.match(stdout.replaceAll(/\s+/g, ' '), warning);
    assert.deepEqual(await rowsOf('words', PRESET, mariadb.dump('twice')), [['Zoë', 'é']]);
    assert.deepEqual(await rowsOf('words', `${PRESET}, encoding: WIN1252`, mariadb.dump('twice')), [['ZoÃ«', 'Ã©']]);
    for (const [format, files] of [
      [PRESET, only('twice', 'plain')],
      [`${PRESET}, encoding: UTF8`, mariadb.dump('twice')],
    ] as const)
      assert.doesNotMatch((await runSource(format, files)).stdout, /MySQL\s+has/);
  });
});

describe('bytes in a folder that mariadb-dump --tab writes', () => {
  it('are refused beside texts whose characters have several bytes, although they may look like digits', async () => {
    for (const [table, message] of Object.entries({
      photos: /column photo: the value may be raw bytes, .*binaryValues to Hex/,
      flags: /column flags: the value may be raw bits or a decimal number/,
    })) {
      const { code, stderr } = await runSource(PRESET, only('gbk', table));
      assert.equal(code, 1, stderr);
      assert.match(stderr, message);
    }
  });

  it('are those of geometries, as MySQL keeps them', async () => {
    const point = '000000000101000000000000000000f03f0000000000000440';
    const line = 'e61000000102000000020000000000000000000000000000000000000000000000000022400000000000002440';
    assert.deepEqual(await loadSource(PRESET, mariadb.dump('places')), {
      v1_shops: {
        columns: ['id integer', 'place bytea', 'outline bytea'],
        rows: [
          ['1', `\\x${point}`, `\\x${line}`],
          ['2', null, null],
        ],
      },
    });
  });
});
