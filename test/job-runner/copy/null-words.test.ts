import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NullWords } from '../../../job-runner/copy/null-words.ts';
import { REFERENCE } from './plans.ts';

async function warningsOf(text: string, format: Partial<typeof REFERENCE> = {}): Promise<readonly string[]> {
  const words = new NullWords({ ...REFERENCE, ...format });
  const passed: Buffer[] = [];
  for await (const chunk of words.watch([Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))] as never))
    passed.push(chunk);
  assert.equal(Buffer.concat(passed).toString(), text);
  return words.warnings;
}

describe('fields that other tools write for NULL', () => {
  it('are reported where none is the null marker', async () => {
    for (const text of ['1|\\N\n', '\\N|1\r\n', '1|x\n\\N|y\n', '1|\\N|x\n'])
      assert.match(
        (await warningsOf(text)).join(),
        /^fields are \\N, .* null marker \(NULL\): .* set spec\.format\.nullMarker/,
      );
    assert.match(
      (await warningsOf('1,NULL\n', { delimiter: ',', nullMarker: '' })).join(),
      /^fields are NULL, .*nothing/,
    );
    assert.match(
      (await warningsOf('1+|(null)&|\n', { delimiter: '+|', recordTerminator: '&|\n', nullMarker: '' })).join(),
      /^fields are \(null\)/,
    );
  });

  it('are reported where they are the null marker in other letters or with blanks around it, whether that is there or not', async () => {
    for (const [text, shown] of [
      ['1|null\n2|NULL\n', 'null,'],
      ['Null|1\r\n', 'Null,'],
      ['1|NULL\n2|NULL   \n', 'NULL with blanks around it,'],
      ['1|x\n  NULL|x\n', 'NULL with blanks around it,'],
    ] as const) {
      const warnings = (await warningsOf(text)).join();
      assert(warnings.startsWith(`fields are ${shown} which is not the null marker (NULL) to the letter`), warnings);
    }
    assert.match((await warningsOf('1|\\N  \n', { nullMarker: '\\N' })).join(), /^fields are \\N with blanks/);
    assert.match((await warningsOf('1|null\n', { nullMarker: '\\N' })).join(), /^fields are null, .* none is/);
  });

  it('are looked for without padding where a blank ends a field, in linear time', async () => {
    const text = `${' '.repeat(256 * 1024)}x\n`;
    const start = performance.now();
    assert.deepEqual(await warningsOf(text, { delimiter: ' ' }), []);
    assert(performance.now() - start < 10_000);
  });

  it('are reported beside the null marker, to the letter', async () => {
    for (const [text, format, shown] of [
      ['1|\\N\n2|NULL\n', {}, '\\N, .* beside the null marker (NULL)'],
      ['1|NULL\n2|\\N\n', { nullMarker: '\\N' }, 'NULL, .* beside the null marker (\\N)'],
      ['1,NULL,\n', { delimiter: ',', nullMarker: '' }, 'NULL, .* beside the null marker (nothing)'],
      ['1,,\n2,null,x\n', { delimiter: ',', nullMarker: '' }, 'null, .* beside the null marker (nothing)'],
      ['1,Null,\n2,[NULL],x\n', { delimiter: ',', nullMarker: '' }, '[NULL], .* beside the null marker (nothing)'],
    ] as const) {
      const warning = (await warningsOf(text, format)).join();
      const [word = '', rest = ''] = shown.split(' .* ');
      assert(
        warning.startsWith(`fields are ${word}`) && warning.includes(` ${rest}, and are loaded as texts: `),
        warning,
      );
    }
  });

  it('are reported where the writer took the null marker for a text and escaped it', async () => {
    for (const quote of ['', '"'])
      assert.match(
        (
          await warningsOf('1\t\\\\N\n2\tx\n', { delimiter: '\t', quote, nullMarker: '\\N', backslash: 'Escapes' })
        ).join(),
        /^fields are \\\\N, .* none is the null marker \(\\N\): .* set spec\.format\.nullMarker/,
      );
    assert.deepEqual(await warningsOf('1|\\\\N\n2|\\N\n', { nullMarker: '\\N', backslash: 'Escapes' }), []);
  });

  it('are texts within quotes, whatever stands around them', async () => {
    const csv = { delimiter: ',', quote: '"', escape: '"', nullMarker: '' };
    for (const [text, format] of [
      ['1,"[1, null, true]"\n', csv],
      ['1,"a ""quoted"",NULL,"\n', csv],
      ['1,"x\nNULL\ny"\n', csv],
      ['1,"a \\",NULL,"\n', { ...csv, escape: '\\' }],
      ['1,"the sample ends,NULL,here', csv],
      ['1,a\\,NULL\\,b\n', { ...csv, quote: '', escape: '\\', backslash: 'Escapes' }],
    ] as const)
      assert.deepEqual(await warningsOf(text, format), [], text);
    assert.match((await warningsOf('1,"a","b,c",NULL\n', csv)).join(), /^fields are NULL,/);
    assert.match((await warningsOf('"a",NULL\n', csv)).join(), /^fields are NULL,/);
  });

  it('are texts in other letters beside the null marker, or within a value', async () => {
    for (const text of [
      '1|`null`\n',
      '1|nullable\n',
      '1|a null\n',
      '1|x\\N\n',
      '1|C:\\New\n',
      '1|`\\N`\n',
      '1|NULL\n',
      '1|x\n',
    ])
      assert.deepEqual(await warningsOf(text), [], text);
    assert.deepEqual(await warningsOf('1,Null,\n', { delimiter: ',', nullMarker: '' }), []);
    // MySQL's line feed.
    assert.deepEqual(await warningsOf('1|\\n\n', { nullMarker: '\\N' }), []);
  });
});
