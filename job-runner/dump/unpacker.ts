/**
 * The most bytes of a chunk, packed or unpacked. From 128 to 512 KiB a load takes 5 % less CPU in the runner, beyond it
 * no less.
 */
export const CHUNK_BYTES = 512 * 1024;

/** Unpacks the bytes of an entry. */
export interface Unpacker {
  /** Two buffers for packed bytes: while those of one are being unpacked, the next ones are read into the other. */
  readonly buffers: readonly [Buffer, Buffer];
  /** Continues with that many bytes of a buffer; `isLast`: there are no more. */
  take(buffer: 0 | 1, bytes: number, isLast: boolean): void;
  /**
   * The next unpacked bytes, `CHUNK_BYTES` at most, or undefined where it needs more packed ones or has reached
   * the end. They lie in memory that the next call uses again. Throws `UnpackFailure`.
   */
  next(): Buffer | undefined | Promise<Buffer | undefined>;
  /** To be called when nothing reads or writes its memory any more. */
  release(): void;
}

/** Packed bytes that cannot be unpacked. */
export class UnpackFailure extends Error {
  readonly endsEarly: boolean;
  /** A more precise problem than that they are damaged, and what to do. */
  readonly problem: string | undefined;

  constructor(endsEarly: boolean, problem?: string) {
    super(problem ?? (endsEarly ? 'the packed bytes end too early' : 'the packed bytes are damaged'));
    this.endsEarly = endsEarly;
    this.problem = problem;
  }
}

/** For entries that are stored as they are. */
export class Stored implements Unpacker {
  readonly buffers: readonly [Buffer, Buffer];
  #next: Buffer | undefined;

  constructor(bufferBytes: number) {
    this.buffers = [Buffer.allocUnsafe(bufferBytes), Buffer.allocUnsafe(bufferBytes)];
  }

  take(buffer: 0 | 1, bytes: number): void {
    this.#next = bytes === 0 ? undefined : this.buffers[buffer].subarray(0, bytes);
  }

  next(): Buffer | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  release(): void {
    // Its buffers are its own.
  }
}
