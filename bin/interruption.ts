/** The user stopped the command: not an error of its work. */
export class Interrupted extends Error {}

/** Ctrl-C, `kill`, a closed terminal. */
export const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Turns the process's signals into an abort signal for the work, which can then clean up. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new Interrupted());
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    // Other errors while the work stops are consequences of the interruption.
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}

/** For work that cannot be stopped, such as connecting to a server that does not answer: it is abandoned when the signal comes. */
export async function orInterrupted<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = () => reject(signal.reason as Error);
  signal.addEventListener('abort', interrupt);
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** The values, until the signal comes. */
export async function* untilInterrupted<Value>(
  signal: AbortSignal,
  values: AsyncIterable<Value>,
): AsyncGenerator<Value, void, void> {
  for await (const value of values) {
    signal.throwIfAborted();
    yield value;
  }
}
