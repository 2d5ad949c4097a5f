import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../../../../crds/contract/errors.ts';
import {
  motherFinder,
  motherNames,
  planMothers,
  relationsByName,
  whyNoMother,
  type DumpedTable,
  type ExistingRelation,
  type MothersInput,
} from '../../../../job-runner/plan/mother/plan-mothers.ts';
import { mysql } from '../fixtures.ts';
import { definition, dumped, existing, FREEZE, input, planned, type MotherTables } from './mothers-scene.ts';

const tables = [
  dumped('users', 'v1', 'id int', 'name varchar', 'old bit'),
  dumped('users', 'v2', 'new date', 'name varchar', 'id bigint'),
];
const why = (table: string, found: MothersInput) => whyNoMother(table, relationsByName(found.existing), found);
const view: ExistingRelation = { name: 'users', kind: 'Other', description: 'view', columns: [] };

describe('the policy Create', () => {
  it('derives a mother from the common columns, in the order of the first dump and in the narrowest types', () => {
    assert.deepEqual(planned({ tables }), ['users Create Derived: id bigint, name text']);
  });

  it('uses a mother that exists', () => {
    assert.deepEqual(planned({ tables, existing: [existing('users', 'id text notnull')] }), [
      'users Use Database: id text notnull',
    ]);
  });

  it('prefers a definition to deriving, and creates a defined mother that no dump has a table for', () => {
    const definitions = [definition('users', 'id text notnull'), definition('courses', 'id text')];
    assert.deepEqual(planned({ tables, definitions }), [
      'users Create Definition: id text notnull',
      'courses Create Definition: id text',
    ]);
  });

  it('gives a table no mother if it can neither be derived nor is defined, and says why', () => {
    const strangers = [dumped('log', 'v1', 'a int'), dumped('log', 'v2', 'b int')];
    assert.deepEqual(planned({ tables: strangers }), []);
    assert.match(why('log', input({})), /have no common column/);
    assert.deepEqual(planned({ tables, derive: 'None' }), []);
    assert.match(why('users', input({ derive: 'None' })), /neither defines nor derives/);
  });

  it('ignores a dump without a schema file', () => {
    assert.deepEqual(planned({ tables: [...tables, dumped('users', 'v3')] }), [
      'users Create Derived: id bigint, name text',
    ]);
  });
});

describe('the policy Require', () => {
  it('uses existing mothers and creates none', () => {
    assert.deepEqual(
      planned({
        policy: 'Require',
        tables: [...tables, dumped('log', 'v1', 'a int')],
        existing: [existing('users', 'id text')],
      }),
      ['users Use Database: id text'],
    );
    assert.match(why('log', input({ policy: 'Require' })), /policy is Require/);
  });

  it('refuses a definition whose table does not exist', () => {
    refuses(
      { policy: 'Require', tables, definitions: [definition('users', 'id text')] },
      'MotherMissing',
      /no table users/,
    );
  });
});

describe('the policy Purge', () => {
  it('keeps mothers and creates missing ones', () => {
    assert.deepEqual(
      planned({
        policy: 'Purge',
        tables: [...tables, dumped('log', 'v1', 'a int')],
        existing: [existing('users', 'id text')],
      }),
      ['users Purge Database: id text', 'log Create Derived: a integer'],
    );
  });
});

describe('the policy Recreate', () => {
  it('recreates existing mothers as defined or derived, whatever they are now', () => {
    const relations = [existing('users', 'id date'), existing('log', 'id date')];
    const all = [...tables, dumped('log', 'v1', 'a int'), dumped('fresh', 'v1', 'a int')];
    assert.deepEqual(
      planned({ policy: 'Recreate', tables: all, existing: relations, definitions: [definition('log', 'id text')] }),
      [
        'users Recreate Derived: id bigint, name text',
        'log Recreate Definition: id text',
        'fresh Create Derived: a integer',
      ],
    );
  });

  it('keeps a mother that is neither defined nor can be derived, with a warning', () => {
    const parts: Parameters<typeof input>[0] = {
      policy: 'Recreate',
      derive: 'None',
      tables,
      existing: [existing('users', 'id date')],
    };
    assert.deepEqual(planned(parts), ['users Purge Database: id date']);
    assert.match(planMothers(input(parts))[0]?.warnings[0] ?? '', /kept as it is/);
  });
});

function refuses(parts: Parameters<typeof input>[0], code: string, message: RegExp): void {
  assert.throws(
    () => planMothers(input(parts)),
    (error) => {
      assert.ok(error instanceof ManifestError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe('a mother', () => {
  it('cannot be a view, unless the table has no mother anyway', () => {
    refuses({ tables, existing: [view] }, 'MotherIsNotATable', /is a view/);
    refuses(
      { derive: 'None', existing: [view], definitions: [definition('users', 'id text')] },
      'MotherIsNotATable',
      /is a view/,
    );
    assert.deepEqual(planned({ tables, derive: 'None', existing: [view] }), []);
    assert.match(why('users', input({ derive: 'None', existing: [view] })), /is a view and not a table/);
  });

  it('may be defined with other spellings of its types than those in the database', () => {
    const relation = existing(
      'users',
      'a integer',
      'b character varying(9)',
      'c timestamp without time zone',
      'd numeric(5,0)',
      'e ext.citext',
    );
    const same = definition('users', 'a INT4', 'b varchar( 9 )', 'c timestamp', 'd decimal(5)', 'e citext');
    assert.deepEqual(planMothers(input({ existing: [relation], definitions: [same] }))[0]?.warnings, []);
  });

  it('must match its definition, but may have more columns', () => {
    const relation = existing('users', 'id integer', 'name text', 'more date');
    const relations = [relation];
    const [plan] = planMothers(
      input({ existing: relations, definitions: [definition('users', 'id int', 'name text')] }),
    );
    assert.deepEqual(plan?.warnings, [
      'the existing mother table users has columns that are not in its definition: more',
    ]);
    const different = [definition('users', 'id text', 'name text notnull', 'email text')];
    for (const policy of ['Require', 'Create', 'Purge'] as const) {
      refuses(
        { policy, existing: relations, definitions: different, contract: FREEZE },
        'MotherDiffers',
        /id is integer, not text; .*name is not NOT NULL; .*no column email/,
      );
    }
    assert.deepEqual(
      planned({ policy: 'Recreate', existing: relations, definitions: [definition('users', 'x text')] }),
      ['users Recreate Definition: x text'],
    );
  });

  it('may be defined in another case than in the dumps, and for a table whose name is too long for PostgreSQL', () => {
    const long = 'x'.repeat(80);
    const parts = { tables: [...tables, dumped(long, 'v1', 'a int')], definitions: [definition('Users', 'id text')] };
    const mothers = planMothers(input(parts));
    assert.deepEqual(motherNames(parts.tables, parts), ['Users', 'users', mothers[1]?.name]);
    const motherOf = motherFinder(mothers);
    assert.equal(motherOf('users')?.name, 'Users');
    assert.equal(motherOf(long)?.name.length, 63);
    assert.equal(motherOf('other'), undefined);
  });

  const wrong: Record<string, MotherTables['definitions']> = {
    'a type that is a statement': [definition('users', 'id text); DROP TABLE x; --')],
    'a type with a default': [definition('users', 'id text default now()')],
    'a type that PostgreSQL refuses': [definition('users', 'id numeric(9999,1)')],
    'a shorthand for a sequence': [definition('users', 'id bigserial')],
    'a column twice': [definition('users', 'id text', 'ID text')],
    'a system column': [definition('users', 'ctid text')],
    'a name that is too long': [definition('ß'.repeat(40), 'id text')],
    'a column name that is too long': [definition('users', `${'ß'.repeat(40)} text`)],
    'a NUL character': [definition('users', 'a\0 text')],
    'the same name twice': [definition('users', 'id text'), definition('Users', 'id text')],
  };
  for (const [title, definitions] of Object.entries(wrong)) {
    it(`cannot be defined with ${title}`, () =>
      refuses({ definitions }, 'MotherDefinition', /cannot be created as spec\.motherTables defines it/));
  }
});

describe('a derived mother', () => {
  it('has text for different families of types and for unknown types, also across dialects', () => {
    const mixed: DumpedTable[] = [
      dumped('t', 'v1', 'a int', 'b datetime', 'c image', 'd int', 'e money'),
      { ...dumped('t', 'r1', 'a int unsigned', 'b timestamp', 'c blob', 'd thing', 'e int'), typeMap: mysql },
    ];
    assert.deepEqual(planned({ tables: mixed }), [
      't Create Derived: a bigint, b text, c bytea, d text, e numeric(19,4)',
    ]);
  });

  it('has the names that the version tables will have', () => {
    const long = 'x'.repeat(80);
    const [plan] = planMothers(input({ tables: [dumped('t', 'v1', 'ctid int', `${long} int`)] }));
    assert.deepEqual(
      plan?.columns.map(({ name }) => name.length),
      [5, 63],
    );
  });
});
