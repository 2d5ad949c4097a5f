import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeStray, strayRemark } from '../../../job-runner/copy/stray-record.ts';

const KINDS: Readonly<Record<string, readonly string[]>> = {
  'a count of rows, as query tools write it': [
    ...['(3 rows affected)', '(1 row affected)', '(3 rows)', '(1 Zeile betroffen)', ' (12 rows)\r', '3 rows selected.'],
    ...['14 record(s) selected.', '2 rows in set (0.00 sec)', '1 row unloaded', '5 Zeilen', '7 row(s)'],
  ],
  'a count of rows: remove': ['Total rows: 5', 'Record count = 12', 'rows:3'],
  '\\., which ends the data of COPY': ['\\.', '\\.\r'],
  'what a tool says of its work': [
    ...[
      'Completion time: 2024-05-01T10:00:00.1234567+02:00',
      'Query OK, 3 rows affected',
      'Msg 208, Level 16, State 1',
    ],
    ...['Elapsed: 00:00:00.01', 'Time: 1.234 ms'],
  ],
  'a comment of SQL': ['-- end', '--', '-- Dump completed on 2024-01-01', '/* end */'],
  'a line that a tool draws': ['+----+------+', '====', '---+---', '|---|---|'],
  'probably a comment': ['# end of data', '// end', 'REM end'],
  'probably a mark of the end': ['END', 'EOF', 'End of file', '"EOF"', 'trailer;3', 'TRAILER|3'],
  'probably a line of totals': ['Total', 'Total;;12', '"Grand Total",3', 'SUMME;4', 'Subtotal 3'],
  'nothing but NUL bytes, with which a file is padded': ['\0\0\0', '\0\0\n\0'],
  'followed by NUL bytes': ['3;x\0\0', '3;x\0\0\x1a'],
  'probably not text: formats such as that of bcp -n (native)': [
    '\x04\x01\0\0\0\x02\0hi',
    '\x02\0hi\x02\0yo',
    '\x01\0\0\0\x02\0\0\0',
  ],
  'nothing but blanks': ['  ', '\t \r', ' \x1a'],
};

const PIPES = { delimiter: '|', nulIsEmpty: false };

describe('a record that is none', () => {
  for (const [kind, records] of Object.entries(KINDS))
    it(`is ${kind}`, () => {
      for (const record of records)
        assert.ok(describeStray(Buffer.from(record, 'latin1'))?.message.startsWith(kind), JSON.stringify(record));
    });

  it('says what to do, behind another message', () => {
    assert.equal(
      strayRemark(Buffer.from('-- end'), PIPES),
      '. The record is a comment of SQL: remove it from the DAT file',
    );
  });

  it('is named where it follows an empty line', () => {
    const [empty, footer] = [Buffer.from('\r'), Buffer.from('\r\n(3 rows)\r\n')];
    assert.match(strayRemark(empty, PIPES, footer), /^\. The line is empty, and the next one is a count of rows/);
    assert.equal(strayRemark(Buffer.from('3'), PIPES, footer), '');
    assert.equal(strayRemark(Buffer.alloc(0), PIPES, Buffer.from('\n4|x\n')), '');
  });

  it('is not seen in what may be one', () => {
    for (const record of [
      '',
      '3',
      'x\0',
      '(2)',
      '-5',
      '-',
      '--x',
      'Endre;3',
      'Totally;1',
      '3 apples',
      'summer',
      '1;2',
      '+49',
      '\\N',
    ])
      assert.equal(strayRemark(Buffer.from(record, 'latin1'), PIPES), '', JSON.stringify(record));
    assert.equal(strayRemark(Buffer.from(`# ${'x'.repeat(2000)}`), PIPES), '');
  });

  it('is not known by the delimiters and empty strings of its format', () => {
    const hive = { delimiter: '\x01', nulIsEmpty: false };
    for (const record of ['1\x01\x01x', '\x01\x01\x01'])
      assert.equal(strayRemark(Buffer.from(record), hive), '', record);
    assert.match(strayRemark(Buffer.from('Total\x01\x013'), hive), /probably a line of totals/);
    const bcp = { delimiter: '\t', nulIsEmpty: true };
    for (const record of ['1\t\0\t\0', '1\t\0\t\0\t']) assert.equal(strayRemark(Buffer.from(record), bcp), '', record);
    assert.match(strayRemark(Buffer.from('\0\0\0'), bcp), /nothing but NUL bytes/);
  });
});
