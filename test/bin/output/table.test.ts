import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderTable } from '../../../bin/output/table.ts';

describe('renderTable', () => {
  it('makes control characters visible, since names come from files', () => {
    const text = renderTable(
      [{ title: 'NAME' }, { title: 'ROWS', align: 'right' }],
      [
        ['\u001b[2Jgone', '1'],
        ['two\nlines', '20'],
      ],
    );
    assert.equal(text, 'NAME           ROWS\n\\u001b[2Jgone     1\ntwo\\nlines       20');
  });
});
