import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLossy } from '../../../job-runner/plan/type-compatibility.ts';
import { isWithinLimits, normaliseTypeName, parsePostgresqlType } from '../../../job-runner/plan/postgresql-type.ts';
import { createTestDatabase } from '../../database.ts';

const SPELLINGS = [
  ...[
    'smallint',
    'int2',
    'integer',
    'int',
    'int4',
    'bigint',
    'int8',
    'real',
    'float4',
    'float',
    'float(10)',
    'float(30)',
    'float8',
  ],
  ...[
    'double precision',
    'decimal',
    'decimal(10)',
    'numeric(10,2)',
    'dec(5,1)',
    'boolean',
    'bool',
    'text',
    'TEXT',
    'bytea',
    'uuid',
  ],
  ...[
    'varchar',
    'varchar(20)',
    'character varying(20)',
    'char',
    'char(3)',
    'character(3)',
    'nchar(2)',
    'national character varying(9)',
  ],
  ...[
    'bit',
    'bit(8)',
    'varbit',
    'varbit(8)',
    'bit varying(8)',
    'date',
    'time',
    'time(3)',
    'timetz',
    'timetz(2)',
    'time with time zone',
  ],
  ...[
    'timestamp',
    'timestamp(3)',
    'timestamptz',
    'timestamptz(3)',
    'timestamp(3) with time zone',
    'timestamp without time zone',
  ],
  ...[
    'interval',
    'interval(3)',
    'interval year to month',
    'interval day to second(3)',
    'json',
    'jsonb',
    'xml',
    'inet',
    'cidr',
    'money',
  ],
  ...[
    'int[]',
    'int[5]',
    'varchar(20)[]',
    'timestamptz(3)[]',
    'pg_catalog.int4',
    'timestamp ( 3 )',
    'numeric( 10 , 2 )',
    'tsvector',
    'oid',
  ],
];

describe('normaliseTypeName', () => {
  for (const version of [18, 14] as const) {
    it(`returns the spelling of format_type of PostgreSQL ${version}`, async () => {
      const database = await createTestDatabase(version);
      for (const type of SPELLINGS) {
        await database.query(`CREATE TABLE spelling (c ${type})`);
        const [row] = await database.query(
          `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'spelling'::regclass AND attname = 'c'`,
        );
        assert.equal(normaliseTypeName(type), row?.['type'], type);
        assert.equal(normaliseTypeName(normaliseTypeName(type)), normaliseTypeName(type));
        await database.query('DROP TABLE spelling');
      }
    });
  }
});

describe('parsePostgresqlType', () => {
  const refused = [
    ...[
      '',
      ' ',
      'text;',
      'text; DROP TABLE users',
      'text) ; --',
      'text--',
      'text/**/',
      '"text"',
      "text'",
      'text primary key',
      'text not null',
    ],
    ...[
      'text default now()',
      'int generated always as identity',
      'text collate c',
      'text, b text',
      'numeric(10,2',
      'numeric(10))',
      'numeric()',
    ],
    ...[
      "numeric('1')",
      'numeric(1+1)',
      'numeric(select)(1)',
      'text[][]',
      'text[a]',
      'a.b.c',
      '1text',
      'text\0',
      'text\n;',
      'serial',
      'BIGSERIAL',
    ],
    ...[
      'text check (true)',
      'double  precision default 1',
      'timestamp(3) with',
      'setof text',
      'text references users',
      'a'.repeat(200),
      'a'.repeat(64),
      `public.${'a'.repeat(64)}`,
    ],
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(parsePostgresqlType(text), undefined));
  }

  it('accepts types of extensions and of other schemas', () => {
    assert.deepEqual(parsePostgresqlType('public.geometry(Point, 4326)'), {
      name: 'public.geometry',
      parameters: ['point', '4326'],
      array: false,
    });
    assert.deepEqual(parsePostgresqlType('citext'), { name: 'citext', parameters: [], array: false });
  });

  it("accepts names that are also properties of JavaScript's objects", () => {
    for (const name of ['constructor', '__proto__']) {
      const type = parsePostgresqlType(name);
      assert.deepEqual(type, { name, parameters: [], array: false });
      assert.equal(isWithinLimits(type), true);
      assert.equal(isLossy(name, 'integer'), true);
      assert.equal(isLossy(name, name), false);
    }
  });
});
