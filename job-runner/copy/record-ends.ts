import { CHUNK_BYTES } from '../dump/unpacker.ts';
import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import { RowMemory } from './row-memory.ts';

/** Where the records of a file end, whatever is wrong with them. */
export class RecordEnds {
  readonly #columns: number;
  readonly #format: CopyFormat;
  #room = CHUNK_BYTES;
  #memory: RowMemory;

  constructor(columns: number, format: CopyFormat) {
    this.#columns = columns;
    this.#format = format;
    this.#memory = this.#createMemory();
  }

  /** Of whole records. */
  of(records: Buffer): readonly number[] {
    if (records.length > this.#room) {
      this.#room = records.length;
      this.#memory.release();
      this.#memory = this.#createMemory();
    }
    const { input, bytes, exports } = this.#memory;
    bytes.set(records, input);
    const ends = [];
    const end = input + records.length;
    let begin = input;
    while (begin < end) {
      const behind = exports.recordEnd(begin, end);
      if (behind === 0) throw new Error('the records that were read are not whole');
      ends.push(behind - input);
      begin = behind;
    }
    return ends;
  }

  release(): void {
    this.#memory.release();
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
