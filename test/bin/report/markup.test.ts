import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { markup } from '../../../bin/report/markup.ts';
import { fuzz } from '../../fuzz.ts';

describe('markup', () => {
  it('escapes texts, and keeps numbers, lists and other markup', () => {
    const bold = markup`<b>${'<&>'}</b>`;
    assert.equal(
      markup`<p title="${`"'`}">${bold}${[1, 'a', undefined]}</p>`.toString(),
      '<p title="&quot;&#39;"><b>&lt;&amp;&gt;</b>1a</p>',
    );
  });

  it('makes control characters, lone surrogates and changes of direction harmless', () => {
    assert.equal(markup`${'a\u0000\u202eb\ud800'}`.toString(), 'a\\u0000\\u202eb\ufffd');
  });

  it('never lets a text end an attribute or begin a tag', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [, inside = ''] = /^<p title="(.*)">$/s.exec(markup`<p title="${text}">`.toString()) ?? [];
        assert.doesNotMatch(inside, /["'<>]|&(?!(amp|lt|gt|quot|#39);)/);
      }),
      fuzz(20_261_129, 500),
    );
  });
});
