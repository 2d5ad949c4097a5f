import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSettled, lookAgain, type KnownFile } from '../../../bin/running/settled-files.ts';

const file = (bytes: number, modified: number) => [{ file: 'crm_v1.zip', bytes, modified }];
const settled = (known: ReadonlyMap<string, KnownFile>, now: number) =>
  [...known.values()].map((one) => isSettled(one, now));

describe('a file of a watched folder', () => {
  it('is complete once it has been the same for three seconds', () => {
    let known = lookAgain(new Map(), file(10, 1000), 1000);
    known = lookAgain(known, file(20, 2000), 2000);
    known = lookAgain(known, file(20, 2000), 4900);
    assert.deepEqual(settled(known, 4900), [false]);
    assert.deepEqual(settled(lookAgain(known, file(20, 2000), 5000), 5000), [true]);
  });

  it('is not when its size or its time changes again', () => {
    const known = lookAgain(new Map(), file(10, 1000), 1000);
    for (const changed of [file(11, 1000), file(10, 1001)])
      assert.deepEqual(settled(lookAgain(known, changed, 60_000), 60_000), [false]);
  });

  it('was complete before the first look if its time says so', () => {
    assert.deepEqual(settled(lookAgain(undefined, file(10, 1000), 4000), 4000), [true]);
    assert.deepEqual(settled(lookAgain(undefined, file(10, 1001), 4000), 4000), [false]);
  });

  it('is not complete because its time is old or in the future, if it comes later', () => {
    assert.deepEqual(settled(lookAgain(new Map(), file(10, 0), 60_000), 60_000), [false], 'copied with its time');
    assert.deepEqual(settled(lookAgain(undefined, file(10, 1e9), 60_000), 60_000), [false], "another machine's clock");
  });

  it('is forgotten when it goes', () => {
    assert.equal(lookAgain(lookAgain(undefined, file(1, 1), 1), [], 2).size, 0);
  });
});
