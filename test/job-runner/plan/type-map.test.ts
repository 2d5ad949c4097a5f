import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mapType } from '../../../job-runner/plan/type-map.ts';
import { createTestDatabase } from '../../database.ts';
import { mssql, mysql, postgresql } from './fixtures.ts';
import { checkAll } from './type-map-cases.ts';

describe('the type map of MSSQL', () => {
  it('gives every type of the manual its PostgreSQL type', () => {
    checkAll(mssql, {
      bigint: 'bigint',
      int: 'integer',
      integer: 'integer',
      smallint: 'smallint',
      tinyint: 'smallint',
      bit: 'boolean',
      bool: 'boolean',
      'decimal(10,2)': 'numeric(10,2)',
      'dec(10)': 'numeric(10)',
      'numeric(38,38)': 'numeric(38,38)',
      decimal: 'numeric',
      money: 'numeric(19,4)',
      smallmoney: 'numeric(10,4)',
      float: 'double precision',
      'float(1)': 'real',
      'float(24)': 'real',
      'float(25)': 'double precision',
      'float(53)': 'double precision',
      real: 'real',
      'double precision': 'double precision',
      date: 'date',
      'time(7)': 'time(6)',
      'time(3)': 'time(3)',
      datetime: 'timestamp(3)',
      smalldatetime: 'timestamp(0)',
      datetime2: 'timestamp(6)',
      'datetime2(7)': 'timestamp(6)',
      'datetime2(0)': 'timestamp(0)',
      datetimeoffset: 'timestamptz',
      'datetimeoffset(7)': 'timestamptz(6)',
      'char(10)': 'text',
      'varchar(max)': 'text',
      'character varying(20)': 'text',
      'national character varying(20)': 'text',
      'nvarchar(50)': 'text',
      'nchar(1)': 'text',
      ntext: 'text',
      text: 'text',
      sysname: 'text',
      'binary(16)': 'bytea hex',
      'varbinary(max)': 'bytea hex',
      image: 'bytea hex',
      rowversion: 'bytea hex',
      timestamp: 'bytea hex',
      uniqueidentifier: 'uuid',
      xml: 'xml',
      json: 'jsonb',
      sql_variant: 'text',
      hierarchyid: 'text',
      geometry: 'text',
      geography: 'text',
      'vector(3)': 'text',
      nonsense: 'unknown text',
    });
  });

  it('reads every spelling of a type', () => {
    checkAll(mssql, {
      ' INT ': 'integer',
      '[int]': 'integer',
      '"int"': 'integer',
      '[sys].[geography]': 'text',
      'dbo.sysname': 'text',
      '[dbo].[decimal](10, 2)': 'numeric(10,2)',
      'Decimal ( 10 , 2 )': 'numeric(10,2)',
      'int identity(1,1) not null': 'integer',
      'int IDENTITY': 'integer',
      'numeric() identity': 'numeric',
      'nvarchar(50) COLLATE Latin1_General_CI_AS NULL': 'text',
      "varchar(10) DEFAULT ('int')": 'text',
      'decimal(10,2) not null default (0)': 'numeric(10,2)',
      'uniqueidentifier ROWGUIDCOL': 'uuid',
      '': 'unknown text',
      "int'; DROP TABLE users; --": 'unknown text',
      '(((': 'unknown text',
      'other.int': 'unknown text',
    });
  });

  it('omits parameters that PostgreSQL would reject', () => {
    checkAll(mssql, {
      'decimal(5,10)': 'numeric',
      'decimal(99999,2)': 'numeric',
      'decimal(0)': 'numeric',
      'decimal(10,-2)': 'numeric',
    });
  });
});

describe('the type map of MySQL', () => {
  it('gives every type of the manual its PostgreSQL type', () => {
    checkAll(mysql, {
      'tinyint(1)': 'smallint',
      'tinyint(4)': 'smallint',
      tinyint: 'smallint',
      bool: 'boolean',
      boolean: 'boolean',
      'smallint(6)': 'smallint',
      mediumint: 'integer',
      'timestamp /* mariadb-5.3 */': 'timestamptz',
      'mediumtext /*!80016 INVISIBLE */': 'text',
      "enum('a /* b','c */')": 'text',
      middleint: 'integer',
      'int(11)': 'integer',
      integer: 'integer',
      'bigint(20)': 'bigint',
      'tinyint(3) unsigned': 'smallint',
      'tinyint(1) unsigned': 'smallint',
      'smallint unsigned': 'integer',
      'mediumint unsigned': 'integer',
      'int unsigned': 'bigint',
      'bigint unsigned': 'numeric(20,0)',
      serial: 'numeric(20,0)',
      'decimal(65,30)': 'numeric(65,30)',
      'decimal(10,2) unsigned': 'numeric(10,2)',
      'fixed(5)': 'numeric(5)',
      decimal: 'numeric',
      float: 'real',
      'float(7,4)': 'real',
      'float(30)': 'double precision',
      double: 'double precision',
      'double(10,2) unsigned': 'double precision',
      'double precision': 'double precision',
      real: 'double precision',
      'bit(8)': 'bit(8)',
      bit: 'bit(1)',
      date: 'date',
      'year(4)': 'smallint',
      time: 'interval',
      'time(6)': 'interval(6)',
      datetime: 'timestamp',
      'datetime(3)': 'timestamp(3)',
      timestamp: 'timestamptz',
      'timestamp(6)': 'timestamptz(6)',
      'char(10)': 'text',
      'varchar(255)': 'text',
      'national varchar(10)': 'text',
      longtext: 'text',
      'long varchar': 'text',
      "enum('a','b')": 'text',
      "set('a','b')": 'text',
      json: 'jsonb',
      'binary(16)': 'bytea hex',
      'char(3) byte': 'bytea hex',
      'varbinary(20)': 'bytea hex',
      tinyblob: 'bytea hex',
      blob: 'bytea hex',
      'long varbinary': 'bytea hex',
      geometry: 'text',
      point: 'text',
      geomcollection: 'text',
      'vector(3)': 'text',
      uuid: 'uuid',
      inet6: 'inet',
    });
  });

  it('reads every spelling of a type', () => {
    checkAll(mysql, {
      'INT(10) UNSIGNED ZEROFILL': 'bigint',
      'int(10) zerofill': 'bigint',
      'int signed': 'integer',
      'unsigned int': 'unknown text',
      'bigint(20) unsigned NOT NULL AUTO_INCREMENT': 'numeric(20,0)',
      'varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin': 'text',
      'character(20) character set latin1': 'text',
      'varchar(20) charset latin1 not null': 'text',
      'char(10) binary': 'text',
      "enum('a)','b''(','c\\'d') NOT NULL DEFAULT 'a)'": 'text',
      [`enum(${"'a long member',".repeat(5000)}'z')`]: 'text',
      "set('not null','default')": 'text',
      'timestamp(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)': 'timestamptz(3)',
      "int COMMENT 'unsigned'": 'integer',
      '`int`(11)': 'integer',
    });
  });
});

describe('the type map of PostgreSQL', () => {
  it('leaves a type as it is, an array too, and knows none that another database may lack', () => {
    checkAll(postgresql, {
      '"char"': 'text',
      '"char"[]': 'text[]',
      tstzmultirange: 'tstzmultirange',
      'timestamp(3) without time zone': 'timestamp(3)',
      'numeric(10,2)': 'numeric(10,2)',
      'character varying(20)': 'varchar(20)',
      'integer[]': 'integer[]',
      'numeric(5,1)[]': 'numeric(5,1)[]',
      'text[][]': 'text[]',
      mood: 'unknown text',
      'mood[]': 'unknown text',
      ARRAY: 'unknown text',
      'USER-DEFINED': 'unknown text',
    });
  });
});

describe('the targets of the built-in type maps', () => {
  for (const version of [18, 14] as const) {
    it(`are types of PostgreSQL ${version}`, async () => {
      const database = await createTestDatabase(version);
      for (const map of [mssql, mysql, postgresql]) {
        for (const rule of [...map.types.values()].flat()) {
          const list = rule.parameters?.map((parameter) => {
            if (parameter.kind === 'Name') return '5';
            return parameter.kind === 'Range' ? String(parameter.from) : parameter.text;
          });
          const { type, known } = mapType(map, `${rule.words}${list === undefined ? '' : `(${list.join(',')})`}`);
          assert.ok(known, rule.words);
          await database.query(`SELECT NULL::${type}`);
        }
      }
    });
  }
});
