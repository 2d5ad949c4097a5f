import { fileURLToPath } from 'node:url';

/**
 * The runner's program and its arguments, the same as in the Dockerfile. V8 starts with half a megabyte for new objects and would collect garbage
 * six times before a runner is ready, which takes 0.04 s of CPU (nine tiny tables: 0.91 s of CPU instead of 1.03, 0.64 s instead of 0.71; medians
 * of 24 rounds).
 */
export const RUNNER_COMMAND: readonly string[] = [
  process.execPath,
  '--min-semi-space-size=16',
  fileURLToPath(new URL('../../job-runner/main.ts', import.meta.url)),
];
