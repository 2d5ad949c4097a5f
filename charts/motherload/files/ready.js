// `helm test`: checks that a ready operator responds behind the Service. It may have been installed a moment ago.
/* global AbortSignal, console, fetch, process */
import { setTimeout as wait } from 'node:timers/promises';

const address = process.env.ADDRESS;
const end = Date.now() + 60_000;
for (;;) {
  const result = await fetch(address, { signal: AbortSignal.timeout(5000) }).then(
    async (response) => `${response.status} ${await response.text()}`,
    (error) => `${error.message}: ${error.cause?.message ?? 'no response'}`,
  );
  console.log(`${address}: ${result.trim()}`);
  if (result.startsWith('200 ')) break;
  if (Date.now() > end) {
    console.log('No operator was ready within a minute. Check the status and the logs of its pods.');
    process.exit(1);
  }
  await wait(1000);
}
