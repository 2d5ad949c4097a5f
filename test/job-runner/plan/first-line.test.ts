import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveFormat } from '../../../crds/contract/format.ts';
import { describeFirstLines, firstLines, firstLineWarnings } from '../../../job-runner/plan/first-line.ts';
import { manifest } from '../../operator/fixtures.ts';

const NAMES = ['id', 'name'];

function describeLines(header: string | undefined, record: string, format = ''): string | undefined {
  const spec = manifest(format === '' ? '' : `format: { ${format} }`).spec.format;
  return describeFirstLines({ header, record }, NAMES, { ...resolveFormat(spec), tables: [] });
}

describe('the first lines of a file', () => {
  it('are not the names of the columns where there is no header, in whatever order', () => {
    for (const line of ['id|name', 'name|id', 'NAME|[id]\r'])
      assert.match(describeLines(undefined, line, 'header: false') ?? '', /set spec\.format\.header to true$/);
    for (const line of [
      't.id|t.name',
      'dbo.t.id|dbo.t.name',
      '[t].[id]|[t].[name]',
      '"t"."id"|"t"."name"',
      'id|t.name',
    ])
      assert.match(describeLines(undefined, line, 'header: false') ?? '', /set spec\.format\.header to true$/, line);
    for (const line of ['#id|name', '-- id|name', ' id | name ', '"ID"|"NAME"', '`id`|`name`', "'id'|'name'"])
      assert.match(describeLines(undefined, line, 'header: false') ?? '', /set spec\.format\.header to true$/, line);
    for (const line of ['1.5|name', 't.id|t.id', 'id.t|name.t', 'id|1', 'id|id', 'id|name|x', 'id'])
      assert.equal(describeLines(undefined, line, 'header: false'), undefined);
  });

  it('are the names in the encoding of the file', () => {
    const { header, record } = firstLines(
      Buffer.from('caf\xe9|id', 'latin1'),
      Buffer.from('caf\xe9', 'latin1'),
      'WIN1252',
    );
    assert.deepEqual([header, record], ['caf\xe9|id', 'caf\xe9']);
  });

  it('may be the name of the only column, as a value that is reported', () => {
    const format = { ...resolveFormat(manifest('format: { header: false }').spec.format), tables: [] };
    for (const record of ['id', '"ID"', 't.id'])
      assert.match(firstLineWarnings({ header: undefined, record }, ['id'], format).join(), /header to true/, record);
    assert.deepEqual(firstLineWarnings({ header: undefined, record: '7' }, ['id'], format), []);
    assert.deepEqual(firstLineWarnings({ header: 'id', record: 'id' }, ['id'], format), []);
    assert.equal(describeFirstLines({ header: undefined, record: 'id' }, ['id'], format), undefined);
  });

  it('are not those of a table that a query tool draws, nor bytes', () => {
    for (const [header, record] of [
      ['+----+------+', '| id | name |'],
      [' id | name ', '----+------'],
      [undefined, '+----+------+'],
    ] as const)
      assert.match(
        describeLines(header, record, header === undefined ? 'header: false' : '') ?? '',
        /^the first lines are those of a table that a query tool draws: export it with mysql --batch or psql --csv/,
      );
    assert.match(
      describeLines('\x04\x01\0\0\0\x02\0hi', '') ?? '',
      /^the first line is not text: .* bcp -n \(native\)/,
    );
    assert.equal(describeLines('id|name', '-|-'), undefined);
  });

  it("are not sqlcmd's line of dashes, unless the format says so", () => {
    for (const line of ['--|----', '--|----\r', '----- |------ '])
      assert.match(describeLines('id|name', line) ?? '', /set spec\.format\.frame to Sqlcmd/);
    for (const line of ['1|--', '-1|-', '--', '--|----|--', '-|-', '--|-'])
      assert.equal(describeLines('id|name', line), undefined);
    assert.equal(describeLines('name', '-'), undefined);
    assert.equal(describeLines('id|name', '--|----', 'preset: sqlcmd'), undefined);
  });

  it("are not Excel's note on the delimiter", () => {
    for (const line of ['sep=;', 'SEP=,\r', '"sep=;"'])
      assert.match(
        describeLines(line, 'id;name') ?? '',
        /remove it from the DAT file, and set spec\.format\.delimiter/,
      );
    assert.match(describeLines(undefined, 'sep=;', 'header: false') ?? '', /sep=/);
  });

  it('have no carriage return before the line feed of a server that writes none, unless the manifest names the terminator', () => {
    const CRLF = /set spec\.format\.recordTerminator to "\\r\\n"; if carriage returns are data, set it to "\\n"$/;
    for (const preset of ['mysql-outfile', 'mysql-tab'])
      assert.match(describeLines(undefined, '1\t\\N\r', `preset: ${preset}`) ?? '', CRLF);
    assert.match(describeLines('id\tname\r', '1\tAnn\r', 'preset: mysql-outfile, header: true') ?? '', CRLF);
    assert.match(describeLines(undefined, '"1"\t\\N\r', `preset: mysql-outfile, quote: '"'`) ?? '', CRLF);
    for (const [line, format] of [
      ['1\tAnn', 'preset: mysql-outfile'],
      ['1\tAnn\r', 'preset: mysql-outfile, recordTerminator: "\\n"'],
      ['1\t"two\r', `preset: mysql-outfile, quote: '"'`],
      ['1|Ann\r', 'header: false'],
    ] as const)
      assert.equal(describeLines(undefined, line, format), undefined);
  });
});
