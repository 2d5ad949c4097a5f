/**
 * Preloaded into each runner (`node --import`): ends it when its standard input ends, which happens however the process that started it
 * dies, SIGKILL included. PostgreSQL then rolls back what the runner had not committed.
 */
import { EXIT_CODES } from '../../crds/contract/errors.ts';

for (const event of ['end', 'close', 'error']) process.stdin.on(event, () => process.exit(EXIT_CODES.Transient));
process.stdin.resume();
// The runner's work decides when it is done; an open standard input does not keep it.
process.stdin.unref();
