// `helm test`: whether a ready operator answers behind the Service. It may have been installed a moment ago.
/* global AbortSignal, console, fetch, process */
import { setTimeout as wait } from 'node:timers/promises';

const address = process.env.ADDRESS;
const end = Date.now() + 60_000;
for (;;) {
  const said = await fetch(address, { signal: AbortSignal.timeout(5000) }).then(
    async (answer) => `${answer.status} ${await answer.text()}`,
    (error) => `${error.message}: ${error.cause?.message ?? 'no answer'}`,
  );
  console.log(`${address} says ${said.trim()}`);
  if (said.startsWith('200 ')) break;
  if (Date.now() > end) {
    console.log('No operator is ready after a minute. Its pods and their logs tell why.');
    process.exit(1);
  }
  await wait(1000);
}
