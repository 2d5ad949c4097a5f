import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wrapSentences } from '../../../bin/output/help-text.ts';

describe('the text of a help page', () => {
  it('wraps sentences, and keeps lines that fit, empty ones and examples', () => {
    const example = `  motherload run ${'x'.repeat(60)}`;
    const text = `One sentence that is too long for a line of so few letters.\n\nExample:\n${example}\n`;
    assert.equal(
      wrapSentences(text, 42),
      `One sentence that is too long for a line\nof so few letters.\n\nExample:\n${example}\n`,
    );
    assert.equal(wrapSentences('short\n', 80), 'short\n');
  });
});
