import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sourceColumnName } from '../../../job-runner/plan/source-name.ts';

describe('sourceColumnName', () => {
  const names: Record<string, string> = {
    User_ID: 'user_id',
    '  id         ': 'id',
    '\tid\u00a0': 'id',
    '[Order Details]': 'order details',
    '[a]]b]': 'a]b',
    '"id"': 'id',
    ' "a""b" ': 'a"b',
    '`id`': 'id',
    "'id'": 'id',
    '"[id]"': 'id',
    '[ id ]': 'id',
    'gro\u0308\u00dfe': 'größe',
    // What is not around a name is part of it.
    'a[0]': 'a[0]',
    '[a].[b]': '[a].[b]',
    '"a"."b"': '"a"."b"',
    "it's": "it's",
    'x"; drop table users; --': 'x"; drop table users; --',
    '[': '[',
    '""': '',
    '[]': '',
  };
  for (const [written, name] of Object.entries(names))
    it(`makes ${JSON.stringify(name)} of ${JSON.stringify(written)}`, () =>
      assert.equal(sourceColumnName(written), name));

  it('makes a name of itself', () => {
    for (const name of Object.values(names)) assert.equal(sourceColumnName(name), name);
  });
});
