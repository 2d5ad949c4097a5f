import type { Location } from '../../../crds/contract/errors.ts';
import type { SequentialReader } from '../dump-reader.ts';
import type { ByteRange } from './object-identity.ts';
import type { ResponseBody } from './response-body.ts';
import { AttemptFailed, Retries, type RetryPolicy } from './retry.ts';

/** Failed attempts are forgotten after so many bytes: a server that closes each connection after a while serves any size. */
const PROGRESS_BYTES = 1024 * 1024;

/** Bytes of an object from the first to the last by one long request, which is repeated from where it broke. */
export class ResponseSequence implements SequentialReader {
  readonly #open: (range: ByteRange) => Promise<ResponseBody>;
  readonly #end: number;
  readonly #location: Location;
  readonly #retries: Retries;
  #position: number;
  #body: ResponseBody | undefined;
  /** Since attempts were last forgotten. */
  #bytes = 0;
  #isClosed = false;

  constructor(
    open: (range: ByteRange) => Promise<ResponseBody>,
    start: number,
    end: number,
    location: Location,
    policy?: RetryPolicy,
  ) {
    this.#open = open;
    this.#position = start;
    this.#end = end;
    this.#location = location;
    this.#retries = new Retries(policy);
  }

  async read(target: Buffer): Promise<number> {
    if (this.#position >= this.#end) return 0;
    for (;;) {
      try {
        return await this.#readOnce(target.subarray(0, this.#end - this.#position));
      } catch (error) {
        this.#body?.close();
        this.#body = undefined;
        if (this.#isClosed) return 0;
        await this.#retries.wait(error, this.#location);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#body?.close();
  }

  async #readOnce(target: Buffer): Promise<number> {
    this.#body ??= await this.#open({ first: this.#position, last: this.#end - 1 });
    if (this.#isClosed) throw new AttemptFailed('SourceBusy', 'the response was closed');
    const read = await this.#body.read(target);
    if (read === 0) throw new AttemptFailed('SourceBusy', 'the server sent fewer bytes than it said');
    this.#position += read;
    this.#bytes += read;
    if (this.#bytes >= PROGRESS_BYTES) {
      this.#bytes = 0;
      this.#retries.reset();
    }
    if (this.#position >= this.#end) await this.#body.release();
    return read;
  }
}
