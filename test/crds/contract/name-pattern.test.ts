import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesPattern } from '../../../crds/contract/name-pattern.ts';

const MATCHES: [pattern: string, name: string, matches: boolean][] = [
  ['users', 'users', true],
  ['users', 'users2', false],
  ['users', 'user', false],
  ['Address*', 'address_history', true],
  ['address*', 'address', true],
  ['*', '', true],
  ['', 'a', false],
  ['*_old', 'users_old_old', true],
  ['*_old', 'users_old_', false],
  ['dbo.*', 'dbo.a.b/c', true],
  ['?ser?', 'users', true],
  ['user?', 'user', false],
  ['a*b?c*', 'axxbbcxbycz', true],
  ['a**', 'a', true],
  ['kunde_m\u{fc}ller', 'kunde_mu\u{308}ller', true],
  ['?', '\u{1f600}', true],
  // No regular expression: what others mean something by is itself.
  ['[ab]', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['a.c', 'abc', false],
];

describe('matchesPattern', () => {
  for (const [pattern, name, matches] of MATCHES)
    it(`${matches ? 'matches' : 'does not match'} "${name}" by "${pattern}"`, () =>
      assert.equal(matchesPattern(pattern, name), matches));

  it('takes no longer for patterns that make regular expressions try everything', () => {
    const start = performance.now();
    assert.equal(matchesPattern(`${'*a'.repeat(127)}b`, 'a'.repeat(1024)), false);
    assert(performance.now() - start < 10_000);
  });
});
