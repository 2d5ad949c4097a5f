import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LastLine } from '../../../job-runner/copy/last-line.ts';
import { planOf, REFERENCE } from './plans.ts';

async function warningsOf(lines: readonly string[], plan = planOf({ a: 'text' }), frame = 'None') {
  const lastLine = LastLine.of(plan, frame);
  const chunks = lines.map((line) => Buffer.from(line)) as never;
  for await (const chunk of lastLine?.watch(chunks) ?? []) assert.ok(lines.includes(chunk.toString()));
  return lastLine?.warnings.join();
}

describe('the last line of a table of one column', () => {
  it('is reported where tools write it behind the records', async () => {
    for (const [footer, lines] of Object.entries({
      '(2 rows affected)': ['x\ny\n\n(2 rows ', 'affected)\r\n'],
      '2 rows selected.': ['x\n\n2 rows selected.\n'],
      '-- end': ['x\n-- end'],
      '(2 rows)': ['x\ny\n', '(2 rows)\n'],
      '(1 Zeile betroffen)': ['(1 Zeile betroffen)'],
      '\\.': ['x\n\\', '.\n'],
    }))
      assert.ok(
        (await warningsOf(lines))?.startsWith(`the last line (${footer}) was loaded as a value, and is most likely`),
      );
    assert.ok((await warningsOf(['x\r\n', '\r\n']))?.startsWith('the last line is empty, and was loaded'));
  });

  it('is reported where it has nothing but delimiters', async () => {
    const csv = { ...REFERENCE, delimiter: ',', quote: '"', nullMarker: '' };
    const [two, three] = [planOf({ a: 'text', b: 'text' }, csv), planOf({ a: 'text', b: 'text', c: 'text' }, csv)];
    for (const lines of [['x,y\r\n,\r\n,\r\n'], ['x,y\n,']])
      assert.match((await warningsOf(lines, two)) ?? '', /^the last record has nothing but delimiters/);
    for (const lines of [['x,y\n'], [',y\n'], ['x,\n'], ['']]) assert.equal(await warningsOf(lines, two), '');
    assert.equal(await warningsOf([',\n'], three), '');
    assert.match((await warningsOf([',,\n'], three)) ?? '', /^the last record has nothing but delimiters/);
  });

  it('is a value where it looks like one, or where a footer is refused or taken off', async () => {
    for (const lines of [['x\n(2)\n'], ['x\nTotal\n'], ['x\nend\n'], ['(2 rows)\nx\n'], ['a (2 rows)\n'], ['']])
      assert.equal(await warningsOf(lines), '');
    const bcp = { ...REFERENCE, quote: '', escape: '', nulIsEmpty: true, recordTerminator: '\r\n' };
    assert.equal(await warningsOf(['x\r\n\0\r\n'], planOf({ a: 'text' }, bcp)), '');
    assert.match(
      (await warningsOf(['x\r\n\0\0\r\n'], planOf({ a: 'text' }, bcp))) ?? '',
      /most likely none: it is .*NUL bytes/,
    );
    const noLines = { ...bcp, recordTerminator: '\x02' };
    assert.equal(await warningsOf(['x\x02\0\x02(2 rows)\x02'], planOf({ a: 'text' }, noLines)), undefined);
    assert.equal(await warningsOf(['(2 rows)\n'], planOf({ a: 'text', b: 'text' })), undefined);
    assert.equal(await warningsOf(['(2 rows)\n'], planOf({ a: 'text' }), 'Sqlcmd'), undefined);
    const copied = planOf({ a: 'text' }, { ...REFERENCE, quote: '', escape: '\\', backslash: 'EscapesLikeCopy' });
    assert.equal(await warningsOf(['\\.\n'], copied), undefined);
  });
});
