import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventLevel, REASONS } from '../../../operator/decide/reasons.ts';

describe('reasons', () => {
  it('are CamelCase words with a sentence each', () => {
    for (const [reason, { text }] of Object.entries(REASONS)) {
      assert.match(reason, /^[A-Z][A-Za-z]+$/);
      assert.match(text, /^(spec\.|[A-Z]).*\.$/s);
    }
  });

  it('have a level, and those of Kubernetes are warnings', () => {
    assert.equal(eventLevel('Catalogued'), 'Normal');
    assert.equal(eventLevel('InProgress'), undefined);
    assert.equal(eventLevel('ImagePullBackOff'), 'Warning');
    assert.equal(eventLevel('constructor'), 'Warning');
  });
});
