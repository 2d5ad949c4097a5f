import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  expressionOf,
  quoteName,
  quoteText,
  selectStatement,
  toColumn,
  type MssqlColumn,
} from '../../../../job-runner/dump/mssql-server/source-columns.ts';
import { COLUMNS } from '../../../source-database/every-mssql-type.ts';

function column(name: string, dataType: string, more: Partial<MssqlColumn> = {}): MssqlColumn {
  const described = { name, dataType, isAssembly: false, length: 4, precision: '0', scale: '0' };
  return { ...toColumn(described), ...more };
}

describe('how a table of SQL Server is asked for', () => {
  it('asks for each type so that its value arrives exactly, whatever the language and DATEFORMAT of the session', () => {
    for (const { name, sys, isAssembly = false, expression } of COLUMNS) {
      const [dataType, length = 0, precision = 0, scale = 0] = sys;
      const described = { name, dataType, isAssembly, length, precision: String(precision), scale: String(scale) };
      assert.equal(expressionOf(toColumn(described)), expression, name);
    }
  });

  it('writes types as CREATE TABLE does', () => {
    const described = { name: 'c', isAssembly: false, precision: '12', scale: '3' };
    const types = [
      ['decimal', 9],
      ['varchar', 20],
      ['varchar', -1],
      ['nvarchar', 20],
      ['nvarchar', -1],
      ['varbinary', -1],
      ['datetime2', 8],
      ['datetime', 8],
      ['float', 8],
      ['timestamp', 8],
    ] as const;
    assert.deepEqual(
      types.map(([dataType, length]) => toColumn({ ...described, dataType, length }).type),
      [
        ...['decimal(12,3)', 'varchar(20)', 'varchar(max)', 'nvarchar(10)', 'nvarchar(max)', 'varbinary(max)'],
        ...['datetime2(3)', 'datetime', 'float', 'timestamp'],
      ],
    );
  });

  it('asks for the bytes of a type that only its own assembly can read, and for the text of one that is not known', () => {
    for (const type of ['dbo.price', 'dbo.geometry', 'dbo.hierarchyid'])
      assert.equal(expressionOf(column('c', type, { isAssembly: true })), 'CONVERT(varbinary(max), t.[c])');
    assert.equal(expressionOf(column('c', 'later')), 'CONVERT(nvarchar(max), t.[c])');
  });

  it('quotes every name and every text', () => {
    assert.equal(quoteName("a]b'[c"), "[a]]b'[c]");
    assert.equal(quoteText("a'b]"), "N'a''b]'");
    const select = { schema: 'd]o', table: 't]; DROP TABLE x --', columns: [column('a]b', 'int')] };
    assert.equal(
      selectStatement({ ...select, order: [], isInMemory: false }),
      'SELECT t.[a]]b] FROM [d]]o].[t]]; DROP TABLE x --] AS t OPTION (MAXDOP 1)',
    );
  });

  it('keeps the order of the clustered index, and asks a table in memory for its own snapshot', () => {
    const select = { schema: 'dbo', table: 'rides', columns: [column('id', 'int'), column('at', 'date')] };
    const order = [
      { name: 'at', isDescending: true },
      { name: 'i]d', isDescending: false },
    ];
    assert.equal(
      selectStatement({ ...select, order, isInMemory: false }),
      'SELECT t.[id], CONVERT(nvarchar(10), t.[at], 23) FROM [dbo].[rides] AS t ORDER BY t.[at] DESC, t.[i]]d] OPTION (MAXDOP 1)',
    );
    assert.match(
      selectStatement({ ...select, order: [], isInMemory: true }),
      /FROM \[dbo\]\.\[rides\] AS t WITH \(SNAPSHOT\) OPTION/,
    );
  });
});
