import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refuseForeignFile } from '../../../job-runner/dump/foreign-file.ts';

const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  'a ZIP or an Excel workbook': ['PK\x03\x04\x14\0'],
  'an Excel workbook': ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0'],
  'a Parquet file': ['PAR1\x15\x04'],
  'an Avro file': ['Obj\x01\x04'],
  'an SQLite database': ['SQLite format 3\0'],
  "pg_dump's custom format": ['PGDMP\x01\x0e'],
  "DB2's format IXF": ['000011HIXF0002DB2    02.00'],
  'a PDF': ['%PDF-1.7'],
  'packed by bzip2': ['BZh91AY&SY'],
  'packed by xz': ['\xfd7zXZ\0'],
  'packed by 7-Zip': ['7z\xbc\xaf\x27\x1c'],
  JSON: ['{"id":1}\n', '[{"id":1}]', '[\n  {"id": 1}'],
  'HTML or XML': ['<!DOCTYPE html>\n', '\n<html lang="en">', '<?xml version="1.0"?>'],
  'an SQL script': [
    ...['-- MySQL dump 10.13\n--\nDROP TABLE IF EXISTS `t`;\n', 'SET NOCOUNT ON;\nGO\n', 'INSERT INTO t VALUES (1);'],
    '--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n',
    ...[
      'USE [crm]\r\nGO\r\n',
      'COPY public.users (id, name) FROM stdin;\n',
      '-- MariaDB dump\n\n/*!40101 SET NAMES utf8 */;\n',
    ],
  ],
};

describe('a file that is no DAT file', () => {
  for (const [kind, starts] of Object.entries(FOREIGN))
    it(`is refused as what it is: ${kind}`, () => {
      for (const start of starts)
        assert.throws(() => refuseForeignFile(Buffer.from(start, 'latin1'), { file: 'a' }), {
          code: 'NoHeader',
          message: new RegExp(`^it is ${kind.replace(/[.*+?^$]/g, '\\$&')} and no DAT file: `),
        });
    });

  it('is not seen in a header', () => {
    for (const header of [
      ...[
        'id,name',
        '[id],[name]',
        '"id","name"',
        'PAR1,x',
        'PK,id',
        'set,value',
        'use;copy',
        'create_date|drop',
        'JSON',
      ],
      ...[
        'begin date;end date',
        'set id;name',
        'copy number;title',
        'use case;owner',
        'drop point;table',
        'lock state;',
      ],
      ...['copy\ttable', '{id},{name}', 'Object,id', '<id>,<name>', '-- id,name', 'lock,values;', ''],
    ])
      refuseForeignFile(Buffer.from(`${header}\n1,2\n`, 'latin1'), { file: 'a' });
  });
});
