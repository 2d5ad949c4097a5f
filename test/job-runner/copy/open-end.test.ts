import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenEnd } from '../../../job-runner/copy/open-end.ts';
import { planOf, REFERENCE } from './plans.ts';

type Preset = Parameters<typeof OpenEnd.of>[1]['format']['preset'];

async function warningsOf(preset: Preset, recordTerminator: string, chunks: readonly string[]) {
  const openEnd = OpenEnd.of(planOf({ a: 'text' }, { ...REFERENCE, recordTerminator }), { format: { preset } });
  const passed = [];
  for await (const chunk of openEnd?.watch(chunks.map((chunk) => Buffer.from(chunk)) as never) ?? [])
    passed.push(chunk.toString());
  if (openEnd !== undefined) assert.deepEqual(passed, chunks);
  return openEnd?.warnings;
}

describe('a last record without an end', () => {
  it('is reported where the tool always writes one', async () => {
    for (const [preset, terminator, chunks] of [
      ['bcp-char', '\r\n', ['1\t2\r\n3\t12']],
      ['bcp-custom', '&|\n', ['1+|2&|\n3', '+|12']],
      ['mysql-outfile', '\n', ['1\t2\n', '3']],
      ['mysql-shell', '\n', ['1\n', '2']],
      ['postgres-copy', '', ['1\n2']],
    ] as const)
      assert.match(
        (await warningsOf(preset, terminator, chunks))?.join() ?? '',
        /^the last record has no end, which (?:bcp|MySQL's server|MySQL Shell|COPY) always writes: the file may be cut off/,
      );
  });

  it('is not reported where it has one, or there is none', async () => {
    for (const [preset, terminator, chunks] of [
      ['bcp-char', '\r\n', ['1\t2\r\n3\t12\r', '\n']],
      ['bcp-custom', '&|\n', ['1+|2&', '|\n']],
      ['mysql-tab', '\n', ['1\n']],
      ['mysql-tab', '\n', ['1\n\x1a']],
      ['postgres-copy', '', ['1\r\n', '\\.']],
      ['bcp-wide', '\r\n', []],
    ] as const)
      assert.deepEqual(await warningsOf(preset, terminator, chunks), [], preset);
  });

  it('is nothing unusual from other exporters', async () => {
    for (const preset of ['csv', 'reference', 'sqlcmd'] as const)
      assert.equal(await warningsOf(preset, '', ['1\n2']), undefined);
  });
});
