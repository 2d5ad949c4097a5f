/** Measures seconds by step, with a precision of milliseconds. */
export class Stopwatch {
  readonly #seconds: Record<string, number> = {};

  async time<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await run();
    } finally {
      this.#seconds[step] = Math.round(performance.now() - start) / 1000;
    }
  }

  get seconds(): Readonly<Record<string, number>> {
    return { ...this.#seconds };
  }
}
