import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupEntries, type TableNaming } from '../../../job-runner/dump/table-files.ts';

const NAMING: TableNaming = {
  ...{ preset: 'reference', schemaExtension: '.json', datExtension: '.dat', isMysql: false, tables: [] },
};
const entry = (name: string, bytes = 10) => ({ name, bytes, compressedBytes: bytes });
/** Each table with its DAT entry and the code of its problem; the entries of one in chunks after a colon. */
const tables = (...names: string[]) =>
  groupEntries(
    names.map((name) => entry(name)),
    NAMING,
    'crm_v1.zip',
  ).map(({ table, dat, problem }) =>
    [table, ...(dat?.chunks ?? []).map(({ name }) => name), ...(problem === undefined ? [] : [problem.code])].join(' '),
  );

describe('groupEntries', () => {
  it('makes one table of what several tools name differently', () =>
    assert.deepEqual(tables('order-items.json', 'export/Order@002dItems.dat'), ['order-items']));

  it('refuses a table that is there under two spellings of its name', () =>
    assert.deepEqual(tables('order-items.json', 'order-items.dat', 'order@002ditems.dat'), [
      'order-items DuplicateEntry',
    ]));

  const chunked: Record<string, readonly [names: string[], chunks: string[]]> = {
    mydumper: [
      ['users.00000.dat', 'users.00001.dat'],
      ['users.00000.dat', 'users.00001.dat'],
    ],
    'MySQL Shell': [
      ['users@0.dat', 'users@@1.dat'],
      ['users@0.dat', 'users@@1.dat'],
    ],
    'a script that counts from 1, in numbers of any length': [
      ['users.10.dat', ...Array.from({ length: 9 }, (_, index) => `users.${index + 1}.dat`)],
      Array.from({ length: 10 }, (_, index) => `users.${index + 1}.dat`),
    ],
    'a program with one chunk': [['users.0.dat'], ['users.0.dat']],
  };
  for (const [writer, [names, chunks]] of Object.entries(chunked))
    it(`joins the chunks of ${writer}, in order`, () =>
      assert.deepEqual(tables('users.json', ...names), [['users', ...chunks].join(' ')]));

  it('joins chunks to an entry with their sizes', () => {
    const group = (...entries: ReturnType<typeof entry>[]) =>
      groupEntries([entry('t.json'), ...entries], NAMING, 'crm_v1.zip')[0]?.dat;
    const joined = group(entry('t.0.dat', 4), entry('t.1.dat', 6));
    assert.deepEqual([joined?.name, joined?.bytes, joined?.compressedBytes], ['t.0.dat to t.1.dat', 10, 10]);
  });

  const gaps: Record<string, readonly [names: string[], message: RegExp]> = {
    'one in the middle': [['users.0.dat', 'users.2.dat'], /chunk 1 is missing/],
    'the first one': [['users.2019.dat', 'users.2020.dat'], /chunk 1 is missing.* schema file of its own/],
    'the last one of MySQL Shell': [
      ['users@0.dat', 'users@1.dat'],
      /the last chunk \(@@ before its number\) is missing/,
    ],
  };
  for (const [title, [names, message]] of Object.entries(gaps)) {
    it(`refuses a table whose chunks lack ${title}`, () => {
      const [users] = groupEntries(
        ['users.json', ...names].map((name) => entry(name)),
        NAMING,
        'crm_v1.zip',
      );
      assert.equal(users?.problem?.code, 'ChunkMissing');
      assert.match(users.problem.message, message);
    });
  }

  it('says what may be the data of a table without a DAT file, and what to do', () => {
    const remedy = (...names: string[]) => {
      const [users] = groupEntries(['Users.json', ...names].map(entry), NAMING, 'crm_v1.zip');
      assert.equal(users?.problem?.code, 'DatFileMissing');
      return users.problem.message.split('no users.dat')[1];
    };
    const rename =
      ': if that is a part of it, with whole records, name its parts users.00000.dat, users.00001.dat and so on';
    for (const part of ['data/users_1.dat', 'users-part-0001.dat', 'users.dat.001', 'USERS.chunk2.dat.gz'])
      assert.equal(remedy(part), `, and has ${part.replace('data/', '')}${rename}`);
    for (const [file, extension] of [
      ['users.csv', '.csv'],
      ['x/Users.TSV.gz', '.tsv'],
    ] as const)
      assert.equal(
        remedy(file),
        `, and has ${file.replace('x/', '')}: if that is its data, set spec.format.datExtension to ${extension}`,
      );
    for (const other of ['users.sql', 'users.fmt', 'users_old.dat', 'user.csv', 'usersx.csv'])
      assert.equal(remedy(other), ': create the dump again');
  });

  it('refuses a chunk that exists twice', () =>
    assert.deepEqual(tables('users.json', 'users.1.dat', 'users.01.dat'), [
      'users users.1.dat users.01.dat DuplicateEntry',
    ]));

  it('says of a chunk beside all of its table that one of them must go', () => {
    const entries = ['log.json', 'log.dat', 'log.0.dat'].map(entry);
    const [, chunk] = groupEntries(entries, NAMING, 'crm_v1.zip');
    assert.match(chunk?.problem?.message ?? '', /this chunk of a table beside "log\.dat", which is all of it/);
  });

  it('leaves what looks like a chunk a table where it has a schema file, or the table a DAT file', () => {
    assert.deepEqual(tables('log.json', 'log.0.json', 'log.0.dat', 'log.dat'), ['log', 'log.0']);
    assert.deepEqual(tables('log.json', 'log.dat', 'log.0.dat'), ['log', 'log.0 SchemaFileMissing']);
    assert.deepEqual(tables('log.0.dat'), ['log.0 SchemaFileMissing']);
  });

  const mysql = (...names: string[]) => {
    const entries = names.map((name) => entry(name));
    const naming = { ...NAMING, datExtension: '.txt', isMysql: true };
    return groupEntries(entries, naming, 'crm_v1.zip').map(({ table, schemaFile, problem }) =>
      [table, schemaFile?.name, problem?.message].join(' '),
    );
  };

  it('takes CREATE TABLE for a schema file where there is none, and a script without data for no table', () => {
    assert.deepEqual(mysql('order@002ditems.sql', 'order@002ditems.txt', 'view.sql'), [
      'order-items order@002ditems.sql ',
    ]);
    assert.deepEqual(mysql('t.sql', 't.json', 't.txt'), ['t t.json ']);
    assert.deepEqual(mysql('t.sql', 't.0.txt', 't.1.txt'), ['t t.sql ']);
  });

  it('says which files a table of MySQL could have, and which one it has twice', () => {
    assert.match(mysql('t.txt')[0] ?? '', /no t\.json and no t\.sql/);
    assert.match(mysql('t.txt', 't.sql', 'old/T.SQL')[0] ?? '', /twice, as "t\.sql" and "old\/T\.SQL"/);
  });

  it('takes a DAT file for one whether it is packed or not', () => {
    assert.deepEqual(tables('a.json', 'a.dat.gz', 'b.json', 'b.0.DAT.zst', 'b.1.dat.zst'), [
      'a',
      'b b.0.DAT.zst b.1.dat.zst',
    ]);
    assert.deepEqual(tables('a.json', 'a.dat.gz', 'a.dat'), ['a DuplicateEntry']);
  });
});

describe('groupEntries for MySQL Shell', () => {
  const shell: TableNaming = { ...NAMING, preset: 'mysql-shell', datExtension: '.tsv', isMysql: true };
  const group = (...names: string[]) =>
    groupEntries(
      names.map((name) => entry(name)),
      shell,
      'crm_v1.zip',
    ).map(({ table, dat, problem }) =>
      [table, ...(dat?.chunks ?? (dat === undefined ? [] : [dat])).map(({ name }) => name), problem?.code ?? ''].join(
        ' ',
      ),
    );

  it('finds the tables alone, by their decoded names', () =>
    assert.deepEqual(
      group(
        ...['@.json', '@.done.json', '@.sql', '@.post.sql', '@.users.sql', 'crm.json', 'crm.sql', 'crm@seen.sql'],
        ...[
          'crm@seen.pre.sql',
          'crm@a.triggers.sql',
          'crm@a.json',
          'crm@a.sql',
          'crm@a@0.tsv.zst',
          'crm@a@0.tsv.zst.idx',
        ],
        ...['crm@a@@1.tsv.zst', 'crm@a@@1.tsv.zst.idx', 'crm@B%20%40%2F.c.json', 'crm@B%20%40%2F.c.tsv'],
      ),
      ['b @/.c crm@B%20%40%2F.c.tsv ', 'a crm@a@0.tsv.zst crm@a@@1.tsv.zst '],
    ));

  it('joins the chunks of partitions, each with its own numbers', () => {
    const files = ['c@t.json', 'c@t@p1@0.tsv', 'c@t@p1@@1.tsv', 'c@t@2024@@0.tsv', 'c@t@p2.tsv'];
    assert.deepEqual(group(...files), ['t c@t@2024@@0.tsv c@t@p1@0.tsv c@t@p1@@1.tsv c@t@p2.tsv ']);
    assert.match(group(...files.slice(0, 2))[0] ?? '', /ChunkMissing/);
    assert.match(group('c@t.json', 'c@t@2024.tsv')[0] ?? '', /ChunkMissing/);
  });

  it('refuses a table of two schemas, and one without its .json', () => {
    assert.deepEqual(group('a@t.json', 'a@t.tsv', 'b@T.json', 'b@T.tsv'), [
      'a@t a@t.tsv DuplicateEntry',
      'b@T b@T.tsv DuplicateEntry',
    ]);
    assert.deepEqual(group('a@t@0.tsv', 'a@t@@1.tsv'), [
      'a@t@0 a@t@0.tsv SchemaFileMissing',
      'a@t@@1 a@t@@1.tsv SchemaFileMissing',
    ]);
  });

  it('refuses a name that is not safe once it is decoded', () =>
    assert.throws(() => group('c@..%2Fx.json', 'c@..%2Fx.tsv'), { code: 'UnsafeEntryName' }));
});
