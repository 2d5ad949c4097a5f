/** Nothing more can be written to standard output; `watchOutput` reports it if it is an error. */
export class OutputClosed extends Error {
  /** Whether the reader closed the pipe, as `head` does after ten lines. */
  readonly isByReader: boolean;

  constructor(cause: Error) {
    super(cause.message, { cause });
    this.isByReader = isClosedPipe(cause);
  }
}

/** Prints a piece of a long output, and resolves when it is written, so that rows are not read faster than they are printed. */
export async function print(text: string): Promise<void> {
  if (text === '') return;
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(new OutputClosed(error)) : resolve()));
  });
}

/** A closed pipe is not an error, and a run continues without a reader. Anything else, such as a full disk, is an error. */
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
