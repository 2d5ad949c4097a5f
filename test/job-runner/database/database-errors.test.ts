import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DataError, MotherloadError, TransientError, type FailureKind } from '../../../crds/contract/errors.ts';
import { connect } from '../../../job-runner/database/connection.ts';
import {
  isRefusedStatement,
  toMotherloadError,
  translateErrors,
} from '../../../job-runner/database/database-errors.ts';
import { eventually } from '../../cluster/commands.ts';
import { createTestDatabase, SUPPORTED_VERSIONS } from '../../database.ts';

/** A statement, the kind of its error, its code, and what the message must say. */
const STATEMENTS: readonly (readonly [sql: string, kind: FailureKind, code: string, message: RegExp])[] = [
  ["SELECT 'x'::integer", 'Data', 'Sql22P02', /invalid input syntax for type integer: "x"/],
  ["SELECT '2019-02-30'::date", 'Data', 'Sql22008', /out of range/],
  ["SELECT '2019-13-02'::date", 'Data', 'Sql22008', /out of range: "2019-13-02"$/],
  ['SELECT 123.45::numeric(3, 2)', 'Data', 'Sql22003', /numeric field overflow \(A field with precision 3, scale 2/],
  ['INSERT INTO strict VALUES (NULL)', 'Data', 'Sql23502', /null value in column "id"/],
  ['INSERT INTO strict VALUES (1), (1)', 'Data', 'Sql23505', /duplicate key.*Key \(id\)=\(1\) already exists/],
  ['INSERT INTO strict VALUES (-1)', 'Data', 'Sql23514', /check constraint/],
  ["COPY strict FROM STDIN WITH (ENCODING 'klingon')", 'Manifest', 'Sql22023', /valid encoding name/],
  ['SELECT pg_terminate_backend(pg_backend_pid())', 'Transient', 'Sql57P01', /terminating connection/],
  ['SET statement_timeout = 1; SELECT pg_sleep(1)', 'Transient', 'Sql57014', /canceling statement/],
  ['SELECT * FROM nowhere.at_all', 'Manifest', 'Sql42P01', /does not exist/],
  ['CREATE TABLE nowhere.at_all ()', 'Manifest', 'Sql3F000', /create the schema or correct its name/],
  [
    'SET transaction_read_only = on; CREATE TABLE t ()',
    'Manifest',
    'Sql25006',
    /read-only transaction: connect to a primary server, with default_transaction_read_only off/,
  ],
  [
    'SET ROLE pg_monitor; CREATE TABLE closed.t ()',
    'Manifest',
    'Sql42501',
    /grant the role USAGE and CREATE on the target schema/,
  ],
  [`SELECT ${'1, '.repeat(1700)}1`, 'Data', 'Sql54011', /at most 1664.*: split the table in the dump$/],
  [
    "SELECT repeat('[', 100000)::json",
    'Data',
    'Sql54001',
    /stack depth.*: raise max_stack_depth of the server, or map the type to text/,
  ],
  [
    "SET temp_file_limit = '64kB'; SELECT string_agg(md5(i::text), '') OVER (ORDER BY md5(i::text)) FROM generate_series(1, 500000) i",
    'Manifest',
    'Sql53400',
    /temp_file_limit.*: raise the setting for the role \(ALTER ROLE … SET\)$/,
  ],
];

for (const version of SUPPORTED_VERSIONS) {
  suite(`errors of PostgreSQL ${version}`, async () => {
    const database = await createTestDatabase(version);
    await database.query('CREATE TABLE strict (id integer PRIMARY KEY CHECK (id > 0)); CREATE SCHEMA closed');

    for (const [sql, kind, code, message] of STATEMENTS) {
      test(`${code} is a ${kind} error: ${sql.slice(0, 60)}`, async () => {
        const db = await connect(database.uri);
        const error: unknown = await translateErrors({ table: 'users' }, () => db.query(sql)).catch(
          (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof MotherloadError);
        assert.deepEqual([error.kind, error.code, error.location], [kind, code, { table: 'users' }]);
        assert.match(error.message, message);
        await db.end().catch(() => undefined);
      });
    }

    test('an unavailable lock and a deadlock are Transient errors', async () => {
      const [one, other] = await Promise.all([connect(database.uri), connect(database.uri)]);
      await one.query('BEGIN; LOCK TABLE strict');
      await assert.rejects(
        translateErrors({}, () => other.query("SET lock_timeout = '10ms'; LOCK TABLE strict")),
        { code: 'Sql55P03', kind: 'Transient' },
      );
      await one.query('ROLLBACK; BEGIN; SELECT pg_advisory_xact_lock(1)');
      await other.query('SET lock_timeout = 0; BEGIN; SELECT pg_advisory_xact_lock(2)');
      const both = [
        translateErrors({}, () => one.query('SELECT pg_advisory_xact_lock(2)')),
        translateErrors({}, () => other.query('SELECT pg_advisory_xact_lock(1)')),
      ];
      await assert.rejects(Promise.all(both), { code: 'Sql40P01', kind: 'Transient' });
      await Promise.allSettled(both);
      await Promise.all([one.end(), other.end()]);
    });

    test('a race for one name is a Transient error, although the server reports a duplicate key', async () => {
      const [one, other] = await Promise.all([connect(database.uri), connect(database.uri)]);
      await one.query('BEGIN; CREATE SCHEMA contested');
      const second = translateErrors({}, () => other.query('CREATE SCHEMA IF NOT EXISTS contested'));
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      await Promise.all([
        eventually('a session that waits for the name', 60, async () =>
          assert.equal((await database.query(waiting)).length, 1),
        ).then(async () => await one.query('COMMIT')),
        assert.rejects(second, { code: 'Sql23505', kind: 'Transient' }),
      ]);
      await Promise.all([one.end(), other.end()]);
    });

    test('a broken connection is a Transient error, for the query and for every later one', async () => {
      const db = await connect(database.uri);
      const { rows } = await db.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      for (let attempt = 0; attempt < 2; attempt++) {
        await assert.rejects(
          translateErrors({}, () => db.query('SELECT pg_sleep(1)')),
          { kind: 'Transient' },
        );
      }
      await db.end();
    });
  });
}

test('an error of the server that cannot be made says what to do, also where values are hidden', () => {
  for (const [code, kind, remedy] of [
    ['53100', 'Transient', /^could not extend file: free disk space on the server/],
    ['53200', 'Transient', /: .* give it more memory, or lower spec\.loading\.maxParallelJobs$/],
    ['53300', 'Transient', /: raise the limit \(max_connections, .* lower spec\.loading\.maxParallelJobs$/],
    ['54000', 'Data', /: a row must fit a page of 8 kB.*: split the table in the dump/],
    ['XX001', 'Manifest', /: repair or restore the database first/],
    ['XX002', 'Manifest', /\(REINDEX\)$/],
    ['XX000', 'Transient', /^could not extend file$/],
  ] as const) {
    const server = Object.assign(new Error('could not extend file'), { severity: 'ERROR', code });
    const error = toMotherloadError(server, {});
    assert.equal(error.kind, kind);
    assert.match(error.message, remedy);
    if (error.withoutValues !== undefined && code === '54000') assert.match(error.withoutValues, /split the table/);
  }
});

suite('errors that do not come from the server', () => {
  test('an error of ours stays as it is and gets its location', () => {
    const error = new DataError('UnterminatedQuote', 'too short', { line: 7 });
    assert.deepEqual(toMotherloadError(error, { table: 'users' }).toFailure(), {
      kind: 'Data',
      code: 'UnterminatedQuote',
      message: 'too short',
      table: 'users',
      line: 7,
    });
  });

  test('a bug of ours is rethrown as it is', () => {
    const bug = new TypeError('x is not a function');
    assert.throws(() => toMotherloadError(bug, {}), bug);
    const missing = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', syscall: 'open' });
    assert.throws(() => toMotherloadError(missing, {}), missing);
  });

  test('a host with several addresses, none of which answers, is a Transient error', () => {
    const addresses = [new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED 127.0.0.1:5432')];
    const error = toMotherloadError(Object.assign(new AggregateError(addresses), { code: 'ECONNREFUSED' }), {});
    assert.ok(error instanceof TransientError);
    assert.match(error.message, /ECONNREFUSED ::1:5432, connect ECONNREFUSED 127\.0\.0\.1:5432/);
  });
});

test('isRefusedStatement distinguishes a refused statement from an ended connection, in any language', () => {
  const refused = [
    { severity: 'ERROR', code: '42704' },
    { severity: 'FEHLER', code: '22023' },
  ];
  const ended = [
    { severity: 'FATAL', code: '57P01' },
    { severity: 'SCHWERWIEGEND', code: '57P01' },
    { code: 'ECONNRESET', syscall: 'read' },
  ];
  for (const error of refused)
    assert.equal(isRefusedStatement(Object.assign(new Error('…'), error)), true, error.severity);
  for (const error of ended) assert.equal(isRefusedStatement(Object.assign(new Error('…'), error)), false, error.code);
});
