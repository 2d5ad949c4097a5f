/** Someone asked the command to end: no error of what it was doing. */
export class Interrupted extends Error {}

/** Ctrl-C, `kill`, and a terminal that was closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Gives the work a signal to end by, in place of the process's sudden end, so that it leaves nothing behind. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new Interrupted());
  for (const name of SIGNALS) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    // Whatever else fails while the work ends is of no interest to the one who ended it.
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, interrupt);
  }
}

/** For what cannot be told to end, such as a connection to a server that does not answer: it is left alone when the signal comes. */
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

/** The values until the signal comes. */
export async function* untilInterrupted<Value>(
  signal: AbortSignal,
  values: AsyncIterable<Value>,
): AsyncGenerator<Value, void, void> {
  for await (const value of values) {
    signal.throwIfAborted();
    yield value;
  }
}
