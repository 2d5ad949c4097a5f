import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejections } from '../../../operator/kubernetes/rejections.ts';

const QUOTA = { reason: 'QuotaExceeded', message: 'no more Jobs allowed' } as const;
const POLICY = { reason: 'QuotaExceeded', message: 'no more pods allowed' } as const;

describe('Rejections', () => {
  it('shows the latest problem of each key, until what was rejected is created', () => {
    const rejections = new Rejections();
    assert.deepEqual(rejections.observe('a/nightly', true), {});
    assert.deepEqual(
      [QUOTA, QUOTA, POLICY].map((problem) => rejections.remember('a/nightly', 'Job one', problem)),
      [true, false, true],
      'a problem is new where its message is',
    );
    assert.deepEqual(rejections.observe('a/nightly', true), { problem: POLICY });
    assert.deepEqual(rejections.observe('a/weekly', true), {});
    rejections.remember('a/nightly', 'Job two', undefined);
    assert.deepEqual(rejections.observe('a/nightly', true), { problem: POLICY }, 'another one was created');
    assert.equal(rejections.remember('a/nightly', 'Job one', undefined), false);
    assert.deepEqual(rejections.observe('a/nightly', true), {});
  });

  it('is not new where it is that of another object, whose name is in its message', () => {
    const rejections = new Rejections();
    const of = (name: string) => ({ ...QUOTA, message: `jobs.batch "${name}" is forbidden: exceeded quota: none` });
    const areNew = ['one', 'two', 'one', 'two'].map((name) =>
      rejections.remember('a/nightly', `Job ${name}`, of(name)),
    );
    assert.deepEqual(areNew, [true, false, false, false]);
  });

  it('forgets the problem of what no longer exists', () => {
    const rejections = new Rejections();
    rejections.remember('a/nightly', 'Job one', QUOTA);
    assert.deepEqual(rejections.observe('a/nightly', false), {});
    assert.deepEqual(rejections.observe('a/nightly', true), {});
  });
});
