import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readValue } from '../../../../job-runner/copy/values/read-value.ts';
import { check, column } from './readings.ts';

suite('values that no type has', () => {
  test('a character that looks like a part of a number or a date is named', () => {
    for (const [type, text, code] of [
      ['integer', '\u22125', 'U+2212'],
      ['integer', '\ufeff5', 'U+FEFF'],
      ['numeric(10,2)', '5\u200b', 'U+200B'],
      ['double precision', '\u0665', 'U+0665'],
      ['bigint', '\x1a5', 'U+001A'],
      ['date', '2020\u201101\u201102', 'U+2011'],
      ['boolean', '\u2713', 'U+2713'],
      ['uuid', '6F9619FF\u20108B86', 'U+2010'],
      ['integer', '\u{1d7d9}', 'U+1D7D9'],
      ['integer[]', '{\u22125}', 'U+2212'],
    ] as const) {
      const reading = readValue(text, column(type));
      assert.ok(typeof reading === 'object' && 'problem' in reading, type);
      assert.equal(reading.problem, 'ValueUnclear');
      assert.ok(reading.reason.includes(`has the character ${code}, which no value`), reading.reason);
    }
    check('numeric(19,4)', { '1\u202f234.50': '1234.50', '€ 12.50': '12.50', '\t5\v': 'AsIs' });
    check('text', { '\u2212': 'AsIs' });
    check('boolean', { '\x01': 't' });
  });

  test('what tools write for NULL is named as such', () => {
    for (const type of ['integer', 'numeric(10,2)', 'double precision', 'date', 'uuid'])
      check(type, { '<NA>': 'ValueIsNull', NaT: 'ValueIsNull', '#N/A': 'ValueIsNull', None: 'ValueIsNull' });
    check('double precision', { NaN: 'AsIs' });
  });
});
