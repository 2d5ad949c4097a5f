import { mapInParallel } from '../../../crds/contract/in-parallel.ts';
import type { ObjectIdentity } from '../../../crds/contract/object-identity.ts';
import type { DumpReader, SequentialReader } from '../dump-reader.ts';
import { CachedRanges, READAHEAD_BYTES } from './cached-ranges.ts';
import { refuseChanged, type ByteRange } from './object-identity.ts';
import { ResponseSequence } from './response-sequence.ts';
import type { ResponseBody } from './response-body.ts';
import { AttemptFailed, retrying, type RetryPolicy } from './retry.ts';

/** Requests at once for one dump: a catalogue reads several dumps beside each other. */
const PREFETCHES = 8;

/** A range of an object, its body still to be read. */
export interface OpenedRange {
  readonly identity: ObjectIdentity;
  readonly body: ResponseBody;
}

/** One attempt at one request for bytes of the object that is known so far. Throws AttemptFailed where another attempt may do better. */
export type OpenRange = (range: ByteRange, known: Partial<ObjectIdentity>) => Promise<OpenedRange>;

export interface RemoteObject {
  /** How messages call it. */
  readonly file: string;
  readonly open: OpenRange;
  /** What a listing, a first answer or the catalogue has said. */
  readonly known: Partial<ObjectIdentity> & { readonly bytes: number };
  readonly retryPolicy?: RetryPolicy | undefined;
}

/** An object of a bucket or a server, read by ranges. Whatever is read comes from one and the same object. */
export class RemoteReader implements DumpReader {
  readonly size: number;
  readonly #object: RemoteObject;
  readonly #cached = new CachedRanges();
  #identity: Partial<ObjectIdentity> & { readonly bytes: number };

  /** `end`: its last bytes, if they have been read already. */
  constructor(object: RemoteObject, end?: Buffer) {
    this.#object = object;
    this.#identity = object.known;
    this.size = object.known.bytes;
    if (end !== undefined) this.#cached.add(this.size - end.length, end);
  }

  get identity(): ObjectIdentity {
    return this.#identity;
  }

  get version(): string {
    return JSON.stringify(this.#identity);
  }

  /** A ZIP's directory and small entries take few requests, since each reads ahead. */
  async read(target: Buffer, position: number): Promise<number> {
    const length = Math.min(target.length, this.size - position);
    if (length <= 0) return 0;
    const cached = this.#cached.find(position, length);
    if (cached !== undefined) return cached.copy(target);
    const { first, last } = this.#cached.extend({ first: position, last: position + length - 1 }, this.size);
    const bytes = await retrying(() => this.#readRange({ first, last }), this.#location, this.#object.retryPolicy);
    this.#cached.add(first, bytes);
    return bytes.copy(target, 0, position - first, position - first + length);
  }

  async prefetch(positions: readonly number[]): Promise<void> {
    const ranges = this.#cached.missing(positions, this.size);
    // One alone is read as ever, and so is what lies so close behind it that it is read ahead.
    if (ranges.length < 2) return;
    await mapInParallel(ranges, PREFETCHES, async (range) => {
      const bytes = await this.#readRange(range).catch(() => undefined);
      if (bytes !== undefined) this.#cached.add(range.first, bytes);
    });
  }

  openSequence(start: number, length: number): SequentialReader {
    const cached = length <= READAHEAD_BYTES ? this.#cached.find(start, length) : undefined;
    if (cached !== undefined) return readCached(cached);
    const end = Math.min(start + length, this.size);
    return new ResponseSequence((range) => this.#open(range), start, end, this.#location, this.#object.retryPolicy);
  }

  async checkUnchanged(): Promise<void> {
    const last = Math.max(0, this.size - 1);
    await retrying(() => this.#readRange({ first: last, last }), this.#location, this.#object.retryPolicy);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get #location() {
    return { file: this.#object.file };
  }

  async #open(range: ByteRange): Promise<ResponseBody> {
    const { identity, body } = await this.#object.open(range, this.#identity);
    try {
      refuseChanged(this.#identity, identity, this.#object.file);
    } catch (error) {
      body.close();
      throw error;
    }
    this.#identity = identity;
    return body;
  }

  async #readRange(range: ByteRange): Promise<Buffer> {
    const body = await this.#open(range);
    const bytes = Buffer.allocUnsafe(range.last - range.first + 1);
    for (let filled = 0; filled < bytes.length;) {
      const read = await body.read(bytes.subarray(filled));
      if (read === 0) throw new AttemptFailed('SourceBusy', 'the server sent fewer bytes than it said');
      filled += read;
    }
    await body.release();
    return bytes;
  }
}

function readCached(bytes: Buffer): SequentialReader {
  let position = 0;
  return {
    read: (target) => {
      const copied = bytes.copy(target, 0, position);
      position += copied;
      return Promise.resolve(copied);
    },
    close: () => undefined,
  };
}
