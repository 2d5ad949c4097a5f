import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startMariadb } from '../mariadb.ts';
import { loadSource, runSource } from './source-dumps.ts';

const mariadb = await startMariadb();
mariadb.query(`
  SET GLOBAL time_zone = '+00:00'; SET time_zone = '+00:00';
  CREATE DATABASE crm CHARACTER SET utf8mb4;
  USE crm;
  CREATE TABLE \`order-items\` (
    id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'it''s; a, (\\\\ "comment") \\n -- /* */',
    \`na\`\`me, (\` varchar(20) COLLATE utf8mb4_bin DEFAULT 'x''y\\\\',
    kind enum('a','b,c','d''e','f\\\\g',')') NOT NULL,
    more json,
    padded int(5) zerofill,
    code varbinary(10) DEFAULT 0xff00,
    sum_of int GENERATED ALWAYS AS (id + 1) VIRTUAL,
    both_of varchar(50) GENERATED ALWAYS AS (concat(kind, ',', ')')) STORED,
    hidden int INVISIBLE DEFAULT 7,
    seen timestamp(3) NULL,
    long_text text COMPRESSED,
    price decimal(10,2) unsigned,
    flag tinyint(1),
    KEY k1 (kind), UNIQUE KEY (hidden), CONSTRAINT c1 CHECK (padded >= 0), FULLTEXT KEY ft (\`na\`\`me, (\`)
  ) COMMENT = 'table; comment';
  INSERT INTO \`order-items\` (\`na\`\`me, (\`, kind, more, padded, code, seen, long_text, price, flag, hidden)
    VALUES ('Zoë\\t🐘', 'b,c', '{"a": 1}', 42, NULL, '2024-02-29 12:34:56.789', 'a\\nb', 0.5, 1, 1),
           (NULL, 'f\\\\g', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 2);
  CREATE TABLE versioned (x int, f timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE,
    t timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (f, t)) WITH SYSTEM VERSIONING;
  CREATE TABLE kept (\`größe\` int) WITH SYSTEM VERSIONING
    PARTITION BY SYSTEM_TIME (PARTITION p0 HISTORY, PARTITION p1 CURRENT);
  INSERT INTO kept VALUES (1); UPDATE kept SET \`größe\` = 2;
  CREATE VIEW shown AS SELECT id FROM \`order-items\`;
  DELIMITER //
  CREATE TRIGGER counted BEFORE INSERT ON kept FOR EACH ROW
    BEGIN SET @a = 1; CREATE TEMPORARY TABLE other (q int); END //
  DELIMITER ;
  CREATE DATABASE old CHARACTER SET latin1;
  USE old;
  CREATE TABLE words (id int, a varchar(20), b varchar(20) CHARACTER SET cp1251, c varchar(20) CHARACTER SET utf8mb4, d enum('é'));
  INSERT INTO words VALUES (1, 'Zoë €', 'привет', 'Zoë 🐘', 'é'), (2, 'plain', 'plain', 'plain', NULL);
  CREATE DATABASE raw CHARACTER SET latin1;
  CREATE TABLE raw.photos (id int, photo blob, code binary(3), flags bit(9), name varchar(9));
  INSERT INTO raw.photos VALUES (1, 0x00ff0a095c41, 0xe28200, 257, 'Zoë'), (2, '', 0x4e4e4e, NULL, NULL);
  CREATE DATABASE merged;
  CREATE TABLE merged.y2024 (id int) ENGINE=MyISAM; INSERT INTO merged.y2024 VALUES (1);
  CREATE TABLE merged.years (id int) ENGINE=MERGE UNION=(merged.y2024);`);

const PRESET = 'preset: mysql-tab';

describe('a folder that mariadb-dump --tab writes', () => {
  it('is loaded as it is, each table by its CREATE TABLE', async () => {
    mariadb.query('SET timestamp = 1700000000; INSERT INTO crm.versioned (x) VALUES (5)');
    const files = mariadb.dump('crm');
    assert(files['shown.sql'] !== undefined && files['shown.txt'] === undefined);
    assert.deepEqual(await loadSource(PRESET, files), {
      'v1_order-items': {
        columns: [
          'id bigint',
          'na`me, ( text',
          'kind text',
          'more text',
          'padded bigint',
          'code bytea',
          'sum_of integer',
          'both_of text',
          'hidden integer',
          'seen timestamp(3) with time zone',
          'long_text text',
          'price numeric(10,2)',
          'flag smallint',
        ],
        rows: [
          [
            ...['1', 'Zoë\t🐘', 'b,c', '{"a": 1}', '42', null, '2', 'b,c,)', '1'],
            ...['2024-02-29 12:34:56.789+00', 'a\nb', '0.50', '1'],
          ],
          ['2', null, 'f\\g', null, null, null, '3', 'f\\g,)', '2', null, null, null, null],
        ],
      },
      v1_kept: { columns: ['größe integer'], rows: [['2']] },
      v1_versioned: {
        columns: ['x integer', 'f timestamp(6) with time zone', 't timestamp(6) with time zone'],
        rows: [['5', '2023-11-14 22:13:20+00', '2038-01-19 03:14:07.999999+00']],
      },
    });
  });

  const words = {
    v1_words: {
      columns: ['id integer', 'a text', 'b text', 'c text', 'd text'],
      rows: [
        ['1', 'Zoë €', 'привет', 'Zoë 🐘', 'é'],
        ['2', 'plain', 'plain', 'plain', null],
      ],
    },
  };

  it('is loaded where each column is in its own character set, and where all are in one', async () => {
    assert.deepEqual(await loadSource(PRESET, mariadb.dump('old')), words);
    assert.deepEqual(await loadSource(PRESET, mariadb.dump('old', '--default-character-set=utf8mb4')), words);
  });

  it('is loaded with raw bytes beside texts in another character set', async () => {
    assert.deepEqual(await loadSource(`${PRESET}, binaryValues: Raw`, mariadb.dump('raw')), {
      v1_photos: {
        columns: ['id integer', 'photo bytea', 'code bytea', 'flags bit(9)', 'name text'],
        rows: [
          ['1', '\\x00ff0a095c41', '\\xe28200', '100000001', 'Zoë'],
          ['2', '\\x', '\\x4e4e4e', null, null],
        ],
      },
    });
  });

  it('is read in the encoding of the manifest where that says one', async () => {
    const { v1_words: read } = await loadSource(`${PRESET}, encoding: LATIN1`, mariadb.dump('old'));
    assert.deepEqual(
      read?.rows.map((row) => row[1]),
      ['Zoë \x80', 'plain'],
    );
  });

  it('is refused where a table has no data, which is not so of a view or a script of something else', async () => {
    const { 'kept.sql': script, 'kept.txt': data } = mariadb.dump('crm');
    assert(script !== undefined && data !== undefined);
    const others = {
      'schema.sql': 'CREATE TABLE `a` (`b` int);\nCREATE TABLE `schema` (`b` int);\n',
      'shown.sql':
        'CREATE TABLE `shown` (`id` int);\n/*!50001 DROP TABLE `shown`*/;\nCREATE VIEW `shown` AS SELECT 1 AS `id`;\n',
      'grants.sql': "GRANT SELECT ON crm.* TO 'reader';\n",
    };
    assert.deepEqual(Object.keys(await loadSource(PRESET, { 'kept.sql': script, 'kept.txt': data, ...others })), [
      'v1_kept',
    ]);
    const { code, stderr } = await runSource(PRESET, {
      'kept.sql': script,
      'order.sql': 'CREATE TABLE `order` (`b` int);',
    });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /has its CREATE TABLE but no kept\.txt: create the dump again/);
    assert.match(stderr, /has its CREATE TABLE but no order\.txt/);
  });

  it('may have a table without data whose rows are those of other tables', async () => {
    const files = mariadb.dump('merged');
    assert(files['years.sql'] !== undefined && files['years.txt'] === undefined);
    assert.deepEqual(Object.keys(await loadSource(PRESET, files)), ['v1_y2024']);
  });

  it('is read in the character sets of its columns where its script does not say its own', async () => {
    const sql = 'CREATE TABLE `t` (`a` varchar(9), `b` varchar(9) CHARACTER SET utf8mb4) DEFAULT CHARSET=latin1;\n';
    const loaded = await loadSource(PRESET, { 't.sql': sql, 't.txt': Buffer.from('\xe9 \x80\t\xc3\xa9\n', 'latin1') });
    assert.deepEqual(loaded['v1_t']?.rows, [['é €', 'é']]);
  });

  it('is refused where its timestamps are in the time zone of the server, unless a schema file says datetime', async () => {
    mariadb.query(`SET GLOBAL time_zone = '+05:00'; SET time_zone = '+05:00'; CREATE DATABASE clocks;
      CREATE TABLE clocks.visits (id int, at timestamp NULL); CREATE TABLE clocks.places (id int);
      INSERT INTO clocks.visits VALUES (1, '2024-06-01 12:00:00'); INSERT INTO clocks.places VALUES (1)`);
    const utc = { columns: ['id integer', 'at timestamp with time zone'], rows: [['1', '2024-06-01 07:00:00+00']] };
    const rows = async (...options: string[]) => await loadSource(PRESET, mariadb.dump('clocks', ...options));
    assert.deepEqual((await rows())['v1_visits'], utc);
    assert.deepEqual((await rows('--compact'))['v1_visits'], utc);
    const files = mariadb.dump('clocks', '--skip-tz-utc');
    const { code, stdout, stderr } = await runSource(PRESET, files);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /visits.*skip-tz-utc.*without that option, or add a schema file that says datetime/s);
    assert.match(stdout, /v1_places.*Loaded/);
    const schema = JSON.stringify([
      { column_name: 'id', column_type: 'int' },
      { column_name: 'at', column_type: 'datetime' },
    ]);
    assert.deepEqual((await loadSource(PRESET, { ...files, 'visits.json': schema }))['v1_visits'], {
      columns: ['id integer', 'at timestamp without time zone'],
      rows: [['1', '2024-06-01 12:00:00']],
    });
  });

  it('may have a schema file, which takes precedence', async () => {
    const schema = JSON.stringify([{ column_name: 'n', column_type: 'bigint' }]);
    const { 'kept.sql': script, 'kept.txt': data } = mariadb.dump('crm');
    assert(script !== undefined && data !== undefined);
    const loaded = await loadSource(PRESET, { 'kept.sql': script, 'kept.txt': data, 'kept.json': schema });
    assert.deepEqual(loaded, { v1_kept: { columns: ['n bigint'], rows: [['2']] } });
  });
});
