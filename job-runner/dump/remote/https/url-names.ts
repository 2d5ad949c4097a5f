import { DataError } from '../../../../crds/contract/errors.ts';

/** Where the dumps of each path lie: read once, and again when that may have changed. */
export class UrlNames {
  readonly #read: () => Promise<ReadonlyMap<string, URL>>;
  #known: Promise<ReadonlyMap<string, URL>> | undefined;

  constructor(read: () => Promise<ReadonlyMap<string, URL>>) {
    this.#read = read;
  }

  async files(): Promise<readonly string[]> {
    return [...(await this.#names()).keys()];
  }

  async urlOf(file: string): Promise<URL> {
    const url = (await this.#names()).get(file);
    if (url !== undefined) return url;
    throw new DataError('DumpMissing', 'the index no longer has it: put it back, or run without it', { file });
  }

  /** The next question reads them again. */
  forget(): void {
    this.#known = undefined;
  }

  #names(): Promise<ReadonlyMap<string, URL>> {
    if (this.#known !== undefined) return this.#known;
    const reading = this.#read();
    this.#known = reading;
    // A failure is not kept.
    reading.catch(() => {
      if (this.#known === reading) this.#known = undefined;
    });
    return reading;
  }
}
