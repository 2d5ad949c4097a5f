import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../../crds/contract/errors.ts';
import { parseTableScript } from '../../../../job-runner/dump/mysql/table-script.ts';
import { parseSourceType } from '../../../../job-runner/plan/source-type.ts';
import { fuzz } from '../../../fuzz.ts';

const location = { file: 'crm_v1.zip:t.sql' };
const parse = (sql: string | Buffer) => parseTableScript(Buffer.from(sql), 't', location);
const columnsOf = (sql: string | Buffer) => parse(sql).map(({ name, sourceType }) => `${name}: ${sourceType}`);

/** A script, and the columns with their types that are in it. What MySQL 8 writes is by its manual, the rest is tried with MariaDB 10.11. */
const SCRIPTS: Readonly<Record<string, readonly [sql: string, columns: readonly string[]]>> = {
  'attributes in conditional comments, and what MySQL generates as primary key': [
    `CREATE TABLE \`t\` (
      \`my_row_id\` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */,
      \`a\` int /*!50606 STORAGE DISK */ /*!50606 COLUMN_FORMAT DYNAMIC */ DEFAULT NULL,
      \`b\` point NOT NULL /*!80003 SRID 4326 */,
      \`c\` text /*M!100301 COMPRESSED*/,
      PRIMARY KEY (\`my_row_id\`), KEY \`f\` ((cast(\`a\` as char(5) charset utf8mb4)))
    ) /*!50100 TABLESPACE \`x\` */ ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
    /*!50100 PARTITION BY RANGE (\`a\`) (PARTITION p0 VALUES LESS THAN (10) ENGINE = InnoDB) */;`,
    ['my_row_id: bigint unsigned', 'a: int', 'b: point', 'c: text'],
  ],
  'a first line that no server runs': [
    '/*M!999999\\- enable the sandbox mode */\nCREATE TABLE `t` (`a` int(11) DEFAULT NULL);',
    ['a: int(11)'],
  ],
  'old formats of values in comments': [
    'CREATE TABLE t (`a` timestamp /* mariadb-5.3 */ NULL, `b` time(2) /* 5.5 binary format */);',
    ['a: timestamp', 'b: time(2)'],
  ],
  'names without quotes or in double ones': [
    'CREATE TABLE crm.t (id int NOT NULL, "we""ird, name" varchar(5), period int, vector int, PRIMARY KEY (id), VECTOR KEY v (vector));',
    ['id: int', 'we"ird, name: varchar(5)', 'period: int', 'vector: int'],
  ],
  'keys and constraints of all kinds': [
    `CREATE TABLE t (a int, b datetime(6), c datetime(6), UNIQUE KEY (a), INDEX i (a), FULLTEXT KEY f (a), SPATIAL KEY s (a),
      CONSTRAINT c1 FOREIGN KEY (a) REFERENCES o (a) ON DELETE CASCADE, CHECK (a in (1, 2)), FOREIGN KEY (a) REFERENCES o (a),
      PERIOD FOR app (b, c)) WITH SYSTEM VERSIONING;`,
    ['a: int', 'b: datetime(6)', 'c: datetime(6)'],
  ],
  'texts with everything in them': [
    String.raw`CREATE TABLE t (a enum('x'',y\\','(') DEFAULT '\'' COMMENT 'CREATE TABLE u (z int); -- /* \n', b set(')','#'));`,
    [String.raw`a: enum('x'',y\\','(')`, "b: set(')','#')"],
  ],
  'types of several words': [
    'CREATE TABLE t (a double precision unsigned, b long varchar, c character varying (10) character set latin1, d decimal(5 , 2) zerofill)',
    ['a: double precision unsigned', 'b: long varchar', 'c: character varying(10)', 'd: decimal(5,2) zerofill'],
  ],
  'the one table of a trigger and other statements': [
    `DROP TABLE IF EXISTS t; CREATE OR REPLACE TABLE IF NOT EXISTS t (a int); INSERT INTO t VALUES (1),('CREATE TABLE u (z int)');
     CREATE INDEX i ON t (a);\nDELIMITER ;;\nCREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN\nCREATE TEMPORARY TABLE u (z int);\nEND ;;\nDELIMITER ;\nSELECT 1`,
    ['a: int'],
  ],
  'the table of that name among several': ['CREATE TABLE u (z int); CREATE TABLE `T` (a int);', ['a: int']],
  'one table of another name': ['CREATE TABLE t_2024 (a int)', ['a: int']],
};

/** A script, and what its message says. */
const REFUSED: Readonly<Record<string, readonly [sql: string | Buffer, message: RegExp]>> = {
  nothing: ['', /it has no CREATE TABLE\): create it with mysqldump, or add a schema file/],
  'a view': ['/*!50001 CREATE VIEW `t` AS SELECT 1 AS `a` */;', /has no CREATE TABLE/],
  'several tables': ['CREATE TABLE u (a int); CREATE TABLE w (a int);', /several tables, and not one t\b/],
  'a copy of a table': ['CREATE TABLE t LIKE u;', /no list of columns/],
  'a copy of a table, in parentheses': ['CREATE TABLE t (LIKE u);', /neither a column nor a key/],
  'a query': ['CREATE TABLE t (a int) AS SELECT 1 AS b;', /takes columns from a query/],
  'a column without a type': ['CREATE TABLE t (a int, `b`);', /neither a column nor a key/],
  'an open parenthesis': ['CREATE TABLE t (a int', /parenthesis is not closed/],
  'an open text': ["CREATE TABLE t (a int COMMENT 'x);", /quote or a comment is not closed/],
  'an open comment': ['CREATE TABLE t (a int /* );', /quote or a comment is not closed/],
  'a name in another encoding': [
    Buffer.from('/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE t (`gr\xf6\xdfe` int);', 'latin1'),
    /gr.*is not in UTF-8/,
  ],
  'UTF-16 that is cut': [Buffer.from('CREATE TABLE t (a int);', 'utf16le').subarray(0, -1), /ends within a character/],
};

describe('parseTableScript', () => {
  for (const [title, [sql, columns]] of Object.entries(SCRIPTS))
    it(`reads ${title}`, () => assert.deepEqual(columnsOf(sql), columns));

  it('reads what PowerShell makes of it, and names in Windows-1252', () => {
    const sql = 'CREATE TABLE `t` (`größe` int)';
    assert.deepEqual(columnsOf(Buffer.from(`\ufeff${sql}`, 'utf16le')), ['größe: int']);
    assert.deepEqual(columnsOf(Buffer.from(sql, 'latin1')), ['größe: int']);
  });

  it('reads a table whose binary default is no text', () => {
    const sql = Buffer.from(
      "/*!40101 SET NAMES utf8mb4 */;\nCREATE TABLE t (`gr\xc3\xb6\xc3\x9fe` binary(2) DEFAULT '\xff\xe9', b int);",
      'latin1',
    );
    assert.deepEqual(columnsOf(sql), ['größe: binary(2)', 'b: int']);
  });

  it('tells the character sets of texts where all may be in their own', () => {
    const sql = `CREATE TABLE t (a varchar(5) COLLATE utf8mb4_bin, b text, c char(1) CHARACTER SET cp1251 COLLATE cp1251_bin, d int,
      e enum('x') COLLATE uca1400_ai_ci) DEFAULT CHARSET=latin1 COLLATE=latin1_german1_ci;`;
    const charsets = (names: string) => parse(`/*!40101 SET NAMES ${names} */;\n${sql}`).map(({ charset }) => charset);
    assert.deepEqual(charsets('utf8mb4'), ['utf8mb4', 'latin1', 'cp1251', undefined, 'latin1']);
    assert.deepEqual(charsets('latin1'), [undefined, undefined, undefined, undefined, undefined]);
  });

  for (const [title, [sql, message]] of Object.entries(REFUSED))
    it(`refuses ${title}`, () => assert.throws(() => parse(sql), { code: 'TableScriptUnreadable', message }));

  it('names the line of what it cannot read', () =>
    assert.throws(
      () => parse('-- a\n/* b\nc */\nCREATE TABLE t (\n  a int,\n  `b`\n);'),
      (error: unknown) => error instanceof DataError && error.location.line === 6,
    ));

  it('reads or refuses whatever it is given, and each column has a name and a type', () => {
    const pieces = [
      'CREATE TABLE ',
      't',
      ' (',
      '`a`',
      ' int',
      ',',
      ')',
      ';',
      "'",
      '"',
      '`',
      '\\',
      '/*',
      '*/',
      '/*!50001 ',
      '--',
      '\n',
      ' DELIMITER ',
      '#',
      'é',
    ];
    const scripts = fc.array(fc.constantFrom(...pieces), { maxLength: 40 });
    fc.assert(
      fc.property(scripts, (sql) => {
        try {
          for (const { name, sourceType } of parse(`CREATE TABLE t (x int, ${sql.join('')}`)) {
            assert.notEqual(name, '');
            assert.notEqual(parseSourceType(sourceType).words, '');
          }
        } catch (error) {
          assert.ok(error instanceof DataError, String(error));
        }
      }),
      fuzz(12, 2000),
    );
  });
});
