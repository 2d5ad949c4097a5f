import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { warnOfUnusedEncodings, warnOfUnusedFormats } from '../../../job-runner/catalogue/unused-formats.ts';

const warn = (patterns: readonly string[], names: readonly string[]) =>
  warnOfUnusedFormats({ tables: patterns.map((match) => ({ match, header: false })) }, names);

describe('warnOfUnusedFormats', () => {
  it('is silent where each item is the format of a table', () =>
    assert.deepEqual(warn(['users', 'address*'], ['address', 'users', 'rides']), []));

  it('names a pattern that matches no table, or only tables that have an earlier format', () =>
    assert.deepEqual(warn(['adress*', 'user*', 'users'], ['address', 'users']), [
      'spec.format.tables[0] (adress*) applies to no table: check its pattern, and whether an earlier one matches as well',
      'spec.format.tables[2] (users) applies to no table: check its pattern, and whether an earlier one matches as well',
    ]));
});

describe('warnOfUnusedEncodings', () => {
  it('names a column that no schema file has', () => {
    const tables = [{ match: 'users', columnEncodings: { '`Bio`': 'LATIN1', boi: 'LATIN1' } }];
    assert.deepEqual(
      warnOfUnusedEncodings({ columnEncodings: { NAME: 'WIN1252', nme: 'UTF8' }, tables }, ['name', 'bio']),
      [
        'spec.format.columnEncodings names the column nme, which no schema file names: check its name',
        'spec.format.tables[0].columnEncodings names the column boi, which no schema file names: check its name',
      ],
    );
  });
});
