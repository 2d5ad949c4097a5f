import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeHeaderMismatch } from '../../../job-runner/plan/header-mismatch.ts';

const mismatch = (header: string, schema: string, delimiter = '|') =>
  describeHeaderMismatch(header.split(delimiter), schema.split(' '), delimiter);

describe('a header against its schema file', () => {
  it('takes columns that only one of them has as an evolution of the table', () => {
    assert.equal(mismatch('id|name', 'id name'), undefined);
    assert.equal(mismatch('id|name|added', 'id name'), undefined);
    assert.equal(mismatch('id', 'id name dropped'), undefined);
  });

  it('refuses names that neither shares with the other, and shows both sides', () => {
    assert.equal(
      mismatch('id|colour', 'id color'),
      'the header has colour, which the schema file does not name, and the schema file names color, which the header does not have: give each column the same name in both, or leave it out of one',
    );
  });

  it('takes a first line without any of the names for data', () => {
    assert.match(mismatch('17|ada|1815-12-10', 'id name born') ?? '', /set spec\.format\.header to false$/);
    assert.match(
      mismatch('17|ada', 'id name born') ?? '',
      /check spec\.format\.delimiter .* if the first line is data$/,
    );
  });

  it('finds the delimiter that the file has', () => {
    assert.match(
      mismatch('id,name,born', 'id name born') ?? '',
      /separated by ,, so set spec\.format\.delimiter to it$/,
    );
    assert.match(mismatch('id\tname\tborn|x', 'id name born') ?? '', /separated by a tab, so set/);
    assert.match(mismatch('id|name|born', 'id name born', ',') ?? '', /separated by \|, so set/);
  });

  it('shows no more than five names of a side', () => {
    assert.match(mismatch('a|b|c|d|e|f|g', 'id') ?? '', /has a, b, c, d, e and 2 more, which/);
  });
});
