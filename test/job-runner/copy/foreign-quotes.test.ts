import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ForeignQuotes } from '../../../job-runner/copy/foreign-quotes.ts';
import { REFERENCE } from './plans.ts';

async function warningsOf(text: string, format: Partial<typeof REFERENCE> = {}): Promise<readonly string[]> {
  const quotes = new ForeignQuotes({ ...REFERENCE, ...format });
  const passed: Buffer[] = [];
  for await (const chunk of quotes.watch([Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))] as never))
    passed.push(chunk);
  assert.equal(Buffer.concat(passed).toString(), text);
  return quotes.warnings;
}

describe('texts that are enclosed by another character than the quote of the format', () => {
  it('are reported where all of them are, with what to set', async () => {
    assert.deepEqual(await warningsOf('1|"a"\n2|"b"\n'), [
      'all texts at the beginning of the file are enclosed by ", and were loaded with it: if it is no part of the values, set spec.format.quote to it and load the file again',
    ]);
    for (const text of ["'it''s'|NULL\n", "1|'x'|2.5|2026-01-02 03:04:05|true\r\n", "'x'|NULL|''\n"])
      assert.match((await warningsOf(text)).join(), /are enclosed by ',/);
    const outfile = { delimiter: '\t', quote: '', nullMarker: '\\N', recordTerminator: '\n' };
    assert.match((await warningsOf('1\t"x"\n2\t\\N\n', outfile)).join(), /are enclosed by ",/);
    assert.match((await warningsOf('1\t"x"\r\n2\t"y"\r\n', outfile)).join(), /are enclosed by ",/);
  });

  it('are reported whatever the character is', async () => {
    const caret = { delimiter: '^', quote: '"', nullMarker: '' };
    assert.match((await warningsOf('~01001~^~Butter~^1.5\r\n~01002~^^2\r\n', caret)).join(), /are enclosed by ~,/);
    for (const character of '%$#@!*') {
      const text = `${character}a${character}\t1\n`;
      assert.match((await warningsOf(text, { delimiter: '\t' })).join(), /are enclosed by .,/, character);
    }
    // A path or a hierarchyid.
    for (const text of ['/1/\n/1/2/\n', '1|-a-\n', '(a)|1\n']) assert.deepEqual(await warningsOf(text), [], text);
  });

  it('are reported where those of one column are, as dates that other tools quote', async () => {
    const orders = (date: (day: number) => string) => [4, 5, 6].map((day) => `${day},${date(day)},direct\n`).join('');
    const csv = { delimiter: ',', quote: '"', nullMarker: '' };
    assert.deepEqual(
      await warningsOf(
        orders((day) => `'0${day}-JUL-00'`),
        csv,
      ),
      [
        "all values of column 2 at the beginning of the file are enclosed by ', and were loaded with it: if it is no part of the values, set spec.format.quote to it and load the file again",
      ],
    );
    assert.match((await warningsOf(`${orders(() => "'x'")}7,,\n`, csv)).join(), /^all values of column 2 /);
    assert.deepEqual(
      await warningsOf(
        orders((day) => (day === 5 ? 'x' : "'x'")),
        csv,
      ),
      [],
    );
    assert.deepEqual(
      await warningsOf(
        orders((day) => `"0${day}-JUL-00"`),
        csv,
      ),
      [],
    );
  });

  it('are not reported where one is not, where they are of the format, and where there is none', async () => {
    for (const text of ['1|"a"\n2|b\n', '1|`a`\n', '1|2\n', '', '"\n', '1|{"a":"b"}|"c"\n', '1|"a"'])
      assert.deepEqual(await warningsOf(text), [], text);
    assert.deepEqual(await warningsOf('1,"a"\n', { delimiter: ',', quote: '"' }), []);
  });
});
