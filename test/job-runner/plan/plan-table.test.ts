import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataError, ManifestError, type MotherloadError } from '../../../crds/contract/errors.ts';
import { described, format, mother, mysql, plan, schemaColumns } from './fixtures.ts';

type ErrorClass = new (...parameters: never[]) => MotherloadError;

function refuses(input: Parameters<typeof plan>[0], Class: ErrorClass, code: string, message: RegExp): void {
  assert.throws(
    () => plan(input),
    (error) => {
      assert.ok(error instanceof Class, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.location.table, 'users');
      return true;
    },
  );
}

describe('planTable', () => {
  it("copies in the header's order, whatever the schema file's", () => {
    const { copyColumns, warnings } = plan({ header: ['b', 'a'], schemaColumns: schemaColumns('a int', 'b varchar') });
    assert.deepEqual(copyColumns, ['b', 'a']);
    assert.deepEqual(warnings, []);
  });

  it('finds the columns of a header that is padded, or in the quotes of the source', () => {
    const tablePlan = plan({
      header: ['Id         ', '[Order No]', '"email"', '`größe`'],
      schemaColumns: schemaColumns('id int', 'email varchar').concat([
        { name: 'order no', sourceType: 'int' },
        { name: 'gro\u0308ße', sourceType: 'int' },
      ]),
      mother: mother('users', 'id integer'),
    });
    assert.deepEqual(tablePlan.copyColumns, ['id', 'order no', 'email', 'größe']);
    assert.deepEqual(tablePlan.warnings, []);
    assert.deepEqual(described(tablePlan), [
      'id integer Mother',
      'order no integer Schema',
      'email text Schema',
      'größe integer Schema',
    ]);
  });

  it('reads the bytes of one column as its source says, and refuses them in a text', () => {
    const base64 = [{ name: 'a', sourceType: 'blob', binary: 'Base64' } as const, ...schemaColumns('b blob')];
    const { columns } = plan({ schemaColumns: base64, typeMap: mysql, format: { ...format, binaryValues: 'Hex' } });
    assert.deepEqual(
      columns.map(({ binary }) => binary),
      ['Base64', 'Hex'],
    );
    const inText = { schemaColumns: base64, typeMap: mysql, mother: mother('users', 'a text') };
    refuses(inText, ManifestError, 'BytesInText', /written in base64, and it is text: make it bytea/);
  });

  it("copies in the schema file's order without a header", () => {
    assert.deepEqual(plan({ schemaColumns: schemaColumns('a int', 'b varchar') }).copyColumns, ['a', 'b']);
  });

  it("puts the mother's columns first, in the mother's order and types, then the version's own", () => {
    const tablePlan = plan({
      header: ['is_active', 'email', 'user_id', 'extra'],
      schemaColumns: schemaColumns('user_id int', 'email varchar', 'is_active bool'),
      mother: mother('users', 'user_id text', 'instancecode text', 'email text'),
    });
    assert.deepEqual(described(tablePlan), [
      'user_id text Mother',
      'instancecode text Mother',
      'email text Mother',
      'is_active boolean Schema',
      'extra text Header',
    ]);
    assert.deepEqual(tablePlan.copyColumns, ['is_active', 'email', 'user_id', 'extra']);
    assert.deepEqual(tablePlan.warnings, [
      'the schema file does not name extra: loaded as text',
      'the DAT file has no instancecode, which the mother users has: its default or NULL in every row',
    ]);
  });

  it('creates a column that only the schema file has, and copies nothing into it', () => {
    const tablePlan = plan({ header: ['a'], schemaColumns: schemaColumns('a int', 'b money') });
    assert.deepEqual(described(tablePlan), ['a integer Schema', 'b numeric(19,4) Schema']);
    assert.deepEqual(tablePlan.copyColumns, ['a']);
    assert.deepEqual(tablePlan.warnings, ['the DAT file has no b, which the schema file names: NULL in every row']);
  });

  it('refuses a header and a schema file that each have columns of their own', () => {
    const input = { header: ['17', 'ada'], schemaColumns: schemaColumns('id int', 'name varchar') };
    refuses(input, DataError, 'HeaderMismatch', /has 17, ada, .* names id, name, .* set spec\.format\.header to false/);
    assert.deepEqual(plan({ ...input, header: undefined }).copyColumns, ['id', 'name']);
  });

  it("warns of a type that the dialect does not know, also where the column is the mother's", () => {
    const input = { header: ['a', 'b'], schemaColumns: schemaColumns('a wormhole', 'b varchar') };
    assert.deepEqual(plan({ ...input, mother: mother('places', 'a text', 'b text') }).warnings, [
      'the dialect mssql does not know the type of a (wormhole): loaded as text, as in the mother places',
    ]);
    assert.deepEqual(plan({ ...input, mother: mother('places', 'a integer', 'b text') }).warnings, [
      'a is of an unknown type in the dump and integer in the mother places: a value that does not fit stops the load',
    ]);
  });

  it('warns if values of a shared column may not fit', () => {
    const tablePlan = plan({
      schemaColumns: schemaColumns('id bigint', 'name varchar', 'at datetime2(7)', 'odd thing'),
      mother: mother('users', 'id integer', 'name text', 'at timestamp(3) without time zone', 'odd date'),
    });
    assert.deepEqual(tablePlan.warnings, [
      'id is bigint in the dump and integer in the mother users: a value that does not fit stops the load',
      'at is timestamp(6) in the dump and timestamp(3) without time zone in the mother users: a value that does not fit stops the load',
      'odd is of an unknown type in the dump and date in the mother users: a value that does not fit stops the load',
    ]);
  });

  it('warns where a value that the mother requires is missing', () => {
    const { warnings } = plan({
      schemaColumns: schemaColumns('a int'),
      mother: mother('users', 'a integer', 'b integer notnull'),
    });
    assert.deepEqual(warnings, [
      'the DAT file has no b, which the mother users has NOT NULL: without a default the load fails',
    ]);
  });

  it('leaves out a column that the mother computes, and refuses values for it', () => {
    const users = mother('users', 'a integer', 'total integer generated');
    assert.deepEqual(plan({ schemaColumns: schemaColumns('a int'), mother: users }).warnings, []);
    refuses(
      { schemaColumns: schemaColumns('a int', 'total int'), mother: users },
      ManifestError,
      'GeneratedColumn',
      /DROP EXPRESSION/,
    );
  });

  it("finds a mother's column regardless of case, and keeps its spelling", () => {
    const tablePlan = plan({
      header: ['user_id'],
      schemaColumns: schemaColumns('user_id int'),
      mother: mother('users', 'User_ID text'),
    });
    assert.deepEqual(described(tablePlan), ['User_ID text Mother']);
    assert.deepEqual(tablePlan.copyColumns, ['User_ID']);
  });

  it("refuses a mother's columns that differ in case alone, where the dump has that column", () => {
    const users = mother('users', 'ID text', 'id integer', 'a text');
    refuses({ schemaColumns: schemaColumns('id int'), mother: users }, ManifestError, 'AmbiguousColumn', /ID and id/);
    assert.deepEqual(described(plan({ schemaColumns: schemaColumns('a int'), mother: users })), [
      'ID text Mother',
      'id integer Mother',
      'a text Mother',
    ]);
  });

  it('makes an unknown type text with a warning, or an error, as the manifest says', () => {
    const columns = schemaColumns('id int', "x weird('; DROP TABLE users)");
    assert.deepEqual(plan({ schemaColumns: columns }).warnings, [
      "the dialect mssql does not know the type of x (weird('; DROP TABLE users)): loaded as text",
    ]);
    refuses(
      { schemaColumns: columns, format: { ...format, unknownTypes: 'Fail' } },
      ManifestError,
      'UnknownType',
      /weird/,
    );
  });

  it('shortens long names, and finds them in a mother that was created from them', () => {
    const long = ['x'.repeat(80), `${'x'.repeat(79)}y`];
    const tablePlan = plan({ header: long, schemaColumns: long.map((name) => ({ name, sourceType: 'int' })) });
    assert.equal(new Set(tablePlan.copyColumns).size, 2);
    assert.ok(tablePlan.copyColumns.every((name) => name.length === 63));
    assert.equal(tablePlan.warnings.length, 2);
    const inherited = plan({ header: long, mother: mother('users', `${tablePlan.copyColumns[0] ?? ''} text`) });
    assert.deepEqual(
      inherited.columns.map((column) => column.origin),
      ['Mother', 'Header'],
    );
  });

  it("renames columns with the names of PostgreSQL's system columns", () => {
    const tablePlan = plan({ header: ['ctid', 'a'], schemaColumns: schemaColumns('ctid int', 'a int') });
    assert.deepEqual(tablePlan.copyColumns, ['ctid_', 'a']);
    assert.deepEqual(tablePlan.warnings, [
      'the column ctid is named ctid_: PostgreSQL has a system column of that name',
    ]);
    refuses({ header: ['ctid', 'ctid_'] }, DataError, 'DuplicateColumn', /ctid and ctid_ would both become ctid_/);
  });

  it('refuses names that differ only in case, and names both', () => {
    refuses(
      { schemaColumns: schemaColumns('Name int', 'NAME int') },
      DataError,
      'DuplicateColumn',
      /Name and again NAME/,
    );
    refuses({ header: ['a', 'A'] }, DataError, 'DuplicateColumn', /the header names the column a and again A/);
  });

  it('refuses names that PostgreSQL cannot have, no columns, and too many', () => {
    refuses({ schemaColumns: [{ name: '', sourceType: 'int' }] }, DataError, 'ColumnName', /empty/);
    refuses({ schemaColumns: [{ name: 'a\0', sourceType: 'int' }] }, DataError, 'ColumnName', /NUL/);
    refuses({}, DataError, 'NoColumns', /names a column/);
    refuses(
      { header: Array.from({ length: 1601 }, (_, number) => `c${number}`) },
      DataError,
      'TooManyColumns',
      /1601 columns/,
    );
  });

  it('knows how bytes are written where the final type, or that of a domain, is bytea', () => {
    const columns = schemaColumns('a binary(4)', 'b image', 'c timestamp', 'd varchar');
    const users = mother('users', 'a bytea', 'b text', 'd bytea');
    const tablePlan = plan({ schemaColumns: columns, mother: users });
    assert.deepEqual(
      tablePlan.columns.map(({ name, binary }) => `${name} ${binary ?? '-'}`),
      ['a Hex', 'b -', 'd -', 'c Hex'],
    );
    assert.deepEqual(tablePlan.warnings, [
      'd is text in the dump and bytea in the mother users: a value that does not fit stops the load',
    ]);
    assert.equal(plan({ schemaColumns: columns, typeMap: mysql }).columns[2]?.binary, undefined);
  });

  it('returns the same plan for the same input, with a SHA-256 digest', () => {
    const input = { schemaColumns: schemaColumns('a int', 'b varchar') };
    assert.deepEqual(plan(input), plan(input));
    assert.match(plan(input).digest, /^[0-9a-f]{64}$/);
  });
});
