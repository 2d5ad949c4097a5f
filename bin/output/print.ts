/** Standard output takes no more, which `watchOutput` has reported where that is an error. */
export class OutputClosed extends Error {
  /** Whether the reader has what it wanted, as `head` after ten lines. */
  readonly isByReader: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.isByReader = isClosedPipe(cause);
  }
}

/** Prints a piece of a long output, and resolves when it is written: a slow reader slows down what is read for it. */
export async function print(text: string): Promise<void> {
  if (text === '') return;
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(new OutputClosed(error)) : resolve()));
  });
}

/** A closed pipe is no error, and a run goes on without its reader. Anything else, such as a full disk, is one. */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error) => {
      if (isClosedPipe(error)) return;
      process.exitCode = 1;
      if (stream === process.stdout) process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
    });
  }
}

function isClosedPipe(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'EPIPE';
}
