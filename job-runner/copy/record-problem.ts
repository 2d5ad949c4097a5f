import { DataError, type Location } from '../../crds/contract/errors.ts';

/** A record that cannot be loaded, before anybody knows on which line of the file it is. */
export class RecordProblem extends Error {
  /** From 0. */
  readonly record: number;
  readonly #code: ConstructorParameters<typeof DataError>[0];
  readonly #column: string | undefined;

  constructor(record: number, code: ConstructorParameters<typeof DataError>[0], message: string, column?: string) {
    super(message);
    this.record = record;
    this.#code = code;
    this.#column = column;
  }

  toDataError(location: Location): DataError {
    return new DataError(this.#code, this.message, {
      ...location,
      ...(this.#column === undefined ? {} : { column: this.#column }),
    });
  }
}
