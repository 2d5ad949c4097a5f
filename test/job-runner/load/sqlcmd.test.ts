import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createTestDatabase } from '../../database.ts';
import { failureOf, load } from './load-scene.ts';

suite('what sqlcmd prints', async () => {
  const database = await createTestDatabase();
  const COLUMNS = { id: 'int', name: 'nvarchar(50)' };

  async function loadAnew(text: string, format = '', columns: Readonly<Record<string, string>> = COLUMNS) {
    await database.query('DROP TABLE IF EXISTS v1_rides');
    const result = await load(database, {
      text,
      columns,
      mother: undefined,
      spec: `format: { preset: sqlcmd${format} }`,
    });
    return {
      ...result,
      values: (await database.query('SELECT * FROM v1_rides ORDER BY ctid')).map((row) => Object.values(row)),
    };
  }

  test('is loaded without the line of dashes and the count', async () => {
    for (const end of ['\n', '\r\n']) {
      const lines = ['id|name', '--|----', '1|Ann', '2|NULL', '', '(2 rows affected)', ''];
      const { values } = await loadAnew(lines.join(end));
      assert.deepEqual(values, [
        [1, 'Ann'],
        [2, null],
      ]);
    }
    assert.deepEqual((await loadAnew('id|name\n--|----\n1|Zo\xc3\xab\n\n(1 Zeile betroffen)\n')).values, [[1, 'Zoë']]);
    assert.deepEqual((await loadAnew('1|(2 rows affected)\n\n(1 row affected)\n', ', header: false')).values, [
      [1, '(2 rows affected)'],
    ]);
  });

  test('is refused with the message of USE before it', async () => {
    const { message } = await failureOf(loadAnew("Changed database context to 'crm'.\nid|name\n--|----\n1|Ann\n"));
    assert.match(message, /^the first line is a message of sqlcmd: name the database with -d in place of USE/);
  });

  test('is loaded without a count, and without rows', async () => {
    assert.deepEqual((await loadAnew('id|name\n--|----\n1|Ann\n')).values, [[1, 'Ann']]);
    assert.deepEqual((await loadAnew('id|name\n--|----\n\n(0 rows affected)\n')).values, []);
    assert.deepEqual((await loadAnew('id|name\n--|----\n')).values, []);
  });

  test('keeps every row of one column and of many chunks', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `name ${index}`);
    const text = `name\n----\n${names.join('\n')}\n\n(100000 rows affected)\n`;
    const { values } = await loadAnew(text, '', { name: 'varchar' });
    assert.deepEqual(
      values.map(([name]) => name),
      names,
    );
  });

  test('has a warning where the longest values are as long as sqlcmd lets them be', async () => {
    const warningOf = async (type: string, lengths: readonly number[], letter = 'x', format = '') => {
      const records = lengths.map((length, index) => `${index}|${letter.repeat(length)}`);
      const text = ['id|note', '--|----', ...records, '', `(${lengths.length} rows affected)`, ''].join('\r\n');
      const bytes = Buffer.from(text).toString('latin1');
      return (await loadAnew(bytes, format, { id: 'int', note: type })).warnings.join();
    };
    const cut =
      'the longest values of column note have 256 characters (2 of them), where sqlcmd cuts them unless SQLCMDMAXVARTYPEWIDTH is 0: if they were longer, export the table again by bcp';
    for (const type of ['nvarchar(max)', 'VARCHAR(-1)', 'nvarchar', 'ntext', 'xml'])
      assert.equal(await warningOf(type, [256, 3, 256, 255]), cut, type);
    assert.equal(await warningOf('nvarchar(max)', [256, 256], '\u{e9}'), cut);
    for (const lengths of [[255], [256, 257], [257, 256], [3]])
      assert.equal(await warningOf('nvarchar(max)', lengths), '', String(lengths));
    assert.equal(await warningOf('nvarchar(256)', [256, 256]), '');
  });

  test('is refused where the count is another one', async () => {
    const failure = await failureOf(loadAnew('id|name\n--|----\n1|Ann\n2|Bob\n\n(1 rows affected)\n'));
    assert.deepEqual([failure.kind, failure.code], ['Data', 'RowCountDiffers']);
    assert.match(failure.message, /2 records.*1 rows/);
    assert.deepEqual(await database.query("SELECT to_regclass('v1_rides') AS found"), [{ found: null }]);
  });

  test('is refused where it has several results or headers, whatever the values are', async () => {
    const one = 'id|name\n--|----\n1|Ann\n';
    const counted = await failureOf(loadAnew(`${one}\n(1 rows affected)\n${one}\n(1 rows affected)\n`));
    assert.deepEqual([counted.code, counted.line], ['FieldCount', 4]);
    assert.match(counted.message, /set spec.format.frame to Sqlcmd, and let it write one result a file/);
    const texts = { id: 'varchar(9)', name: 'varchar(9)' };
    const failure = await failureOf(loadAnew(one + one, '', texts));
    assert.deepEqual([failure.kind, failure.code], ['Data', 'SeveralResults']);
    assert.match(failure.message, /^the header stands once more among the records, since sqlcmd wrote several results/);
  });

  test('is refused where there is no line of dashes, or the columns are padded', async () => {
    assert.equal((await failureOf(loadAnew('id|name\n1|Ann\n'))).code, 'NoRuler');
    const failure = await failureOf(loadAnew('id         |name \n-----------|-----\n          1|Ann  \n'));
    assert.equal(failure.code, 'PaddedColumns');
    assert.match(failure.message, /sqlcmd -W/);
  });

  test('names the line of a wrong record', async () => {
    const failure = await failureOf(loadAnew('id|name\n--|----\n1|Ann\nx|Bob\n\n(2 rows affected)\n'));
    assert.equal(failure.line, 4);
  });
});
