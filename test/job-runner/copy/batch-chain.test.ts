import { deepEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { BatchChain } from '../../../job-runner/copy/batch-chain.ts';

/** Writes down in which order the parts of the work begin and end. */
function chainOf(pause: () => Promise<void>) {
  const events: string[] = [];
  const record = async (name: string, work: () => Promise<void>) => {
    events.push(`${name} begins`);
    await work();
    events.push(`${name} ends`);
  };
  const chain = new BatchChain<string, string>({
    prepare: (batch) => async () => {
      await record(`copy ${batch}`, () => setImmediate());
      return batch;
    },
    pause: () => record('pause', pause),
    take: (batch) => record(`take ${batch}`, () => Promise.resolve()),
  });
  return { chain, events };
}

test('what was copied is taken while the connection is used for the pause and the next batch', async () => {
  const { chain, events } = chainOf(() => setImmediate());
  for (const batch of ['1', '2']) await chain.next(batch);
  await chain.end();
  const [first] = events.splice(0, events.indexOf('copy 1 ends') + 1);
  deepEqual(first, 'pause begins');
  deepEqual(events, [
    ...['pause begins', 'take 1 begins', 'take 1 ends', 'pause ends', 'copy 2 begins', 'copy 2 ends'],
    ...['pause begins', 'take 2 begins', 'take 2 ends', 'pause ends'],
  ]);
});

test('what fails in the last pause is an error of the end', async () => {
  let pauses = 0;
  const { chain } = chainOf(() => (++pauses === 2 ? Promise.reject(new Error('disk full')) : Promise.resolve()));
  await chain.next('1');
  await rejects(chain.end(), /disk full/);
});
