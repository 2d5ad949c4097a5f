import { countLineEnds, lineEndOf } from '../dump/line-ends.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { RowMemory } from './row-memory.ts';

const LINE_FEED = Buffer.from('\n');

/** Of some records, each by its number among them, from 0. */
export interface RecordPlaces {
  readonly ends: readonly number[];
  /** The lines up to each end. */
  readonly lines: readonly number[];
}

/** Where the records of a file end, whatever is wrong with them. */
export class RecordEnds {
  readonly #columns: number;
  readonly #format: CopyFormat;
  readonly #lineEnd: Buffer;
  #room = CHUNK_BYTES;
  #memory: RowMemory;

  constructor(columns: number, format: CopyFormat) {
    this.#columns = columns;
    this.#format = format;
    this.#lineEnd = lineEndOf(format);
    this.#memory = this.#createMemory();
  }

  /** Of whole records; of the first ones, where only so many are asked for. */
  of(records: Buffer, count = Infinity): RecordPlaces {
    if (records.length > this.#room) {
      this.#room = records.length;
      this.#memory.release();
      this.#memory = this.#createMemory();
    }
    const { input, bytes, exports } = this.#memory;
    bytes.set(records, input);
    const ends: number[] = [];
    const lines: number[] = [];
    const end = input + records.length;
    let [begin, counted] = [input, 0];
    while (begin < end && ends.length < count) {
      const behind = exports.recordEnd(begin, end);
      if (behind === 0) throw new Error('the records that were read are not whole');
      ends.push(behind - input);
      counted += this.#linesIn(begin, behind);
      lines.push(counted);
      begin = behind;
    }
    return { ends, lines };
  }

  release(): void {
    this.#memory.release();
  }

  #linesIn(begin: number, end: number): number {
    const { exports, bytes } = this.#memory;
    return this.#lineEnd.equals(LINE_FEED)
      ? exports.countLineFeeds(begin, end)
      : countLineEnds(bytes.subarray(begin, end), this.#lineEnd);
  }

  #createMemory(): RowMemory {
    const memory = new RowMemory({ chunkBytes: this.#room, outputSlots: 1 }, { recordBytes: 1, expansion: 1 });
    const column = { kind: abi.KIND_AS_IS, bound: 0 };
    memory.begin(
      this.#format,
      Array.from({ length: this.#columns }, () => column),
      true,
    );
    return memory;
  }
}
