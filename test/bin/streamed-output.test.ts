import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayWidth } from '../../bin/output/display-width.ts';
import { StreamedJsonArray } from '../../bin/output/json-array.ts';
import { renderTable, StreamedTable } from '../../bin/output/table.ts';

const COLUMNS = [{ title: 'NAME' }, { title: 'ROWS', align: 'right' as const }];

describe('a streamed table', () => {
  it('is the same text as a rendered one with few rows', () => {
    const rows = [
      ['größe', '1'],
      ['漢字', '20'],
      ['', ''],
      ['👍🏽 e\u0301', '300'],
    ];
    const table = new StreamedTable(COLUMNS);
    assert.equal(table.add(rows.slice(0, 2)) + table.add(rows.slice(2)), '');
    assert.equal(table.end(), `${renderTable(COLUMNS, rows)}\n`);
    assert.equal(table.end(), '');
  });

  it('has its titles without rows', () => {
    assert.equal(new StreamedTable(COLUMNS).end(), 'NAME  ROWS\n');
  });

  it('prints its first lines after 1,000 rows; a wider cell then widens its own line only', () => {
    const table = new StreamedTable(COLUMNS);
    const text = table.add(Array.from({ length: 1000 }, () => ['one', '1']));
    assert.equal(text.split('\n').length, 1002);
    assert.equal(
      table.add([
        ['two', '2'],
        ['a longer name', '3'],
      ]),
      'two      2\na longer name     3\n',
    );
    assert.equal(table.end(), '');
  });

  it('prints its first lines sooner if the cells are long', () => {
    const table = new StreamedTable(COLUMNS);
    assert.equal(table.add([['x'.repeat(3_000_000), '1']]), '');
    assert.match(table.add([['x'.repeat(3_000_000), '1']]), /^NAME +ROWS\nx{499}… +1\nx{499}… +1\n$/);
  });
});

describe('a streamed JSON array', () => {
  it('is the same text as from JSON.stringify', () => {
    for (const values of [[], [{}], [1, 'line\nfeed', { a: { b: [null, ''] } }]]) {
      const array = new StreamedJsonArray();
      assert.equal(values.map((value) => array.add([value])).join('') + array.end(), JSON.stringify(values, null, 2));
      const inner = new StreamedJsonArray(1);
      assert.equal(`{\n  "all": ${inner.add(values)}${inner.end()}\n}`, JSON.stringify({ all: values }, null, 2));
    }
  });
});

describe('the width of a text on a terminal', () => {
  it('is two columns for wide characters and emoji, and none for combining marks', () => {
    const texts = ['', 'größe', 'Ελλάδα', 'шапка', '漢字', 'かなカナ', '한국', 'e\u0301', '👍🏽', 'soft\u00adhyphen'];
    assert.deepEqual(texts.map(displayWidth), [0, 5, 6, 5, 4, 8, 4, 1, 2, 10]);
  });
});
