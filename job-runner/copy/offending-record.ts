import { shorten, type Location } from '../../crds/contract/errors.ts';
import type { Format, LoadTask } from '../../crds/contract/task.ts';
import { DatFile } from '../dump/dat-file.ts';
import { CharacterMask } from './character-mask.ts';
import { recordRules, type CopyInput } from './copy-input.ts';
import type { CopyLane } from './copy-lane.ts';
import { LINE_FEED, RecordScanner } from './records.ts';

const CARRIAGE_RETURN = 0x0d;
/** As much of a record as is kept for the message, which shortens it further. */
const SHOWN_BYTES = 4096;

/** A line in COPY's own count, from 1, of what one lane received. */
export interface CopyLaneLine {
  readonly lane: Pick<CopyLane, 'has'>;
  readonly number: number;
}

/**
 * The record that COPY complained about, with the line of the DAT file on which it begins. The bytes are long gone when
 * PostgreSQL complains, so the file is read again up to there; that happens only once, when the load has failed.
 */
export async function findRecord(
  task: LoadTask,
  unit: CopyInput['unit'],
  line: CopyLaneLine,
): Promise<Pick<Location, 'line' | 'record'>> {
  const dat = await DatFile.open(task);
  try {
    return await locateRecord(dat.chunks(), task.format, unit, line);
  } finally {
    await dat.close();
  }
}

/** The same in the data behind the header. */
export async function locateRecord(
  chunks: AsyncIterable<Buffer>,
  { quote, escape = quote, encoding, header }: Pick<Format, 'quote' | 'escape' | 'encoding' | 'header'>,
  unit: CopyInput['unit'],
  { lane, number }: CopyLaneLine,
): Promise<Pick<Location, 'line' | 'record'>> {
  const scanner = new RecordScanner(recordRules({ quote, escape }));
  const mask = new CharacterMask(encoding);
  const headerLines = header ? 1 : 0;
  const counter = new LineCounter(unit);
  let text = Buffer.alloc(0);
  let firstLine = 0;
  for await (const line of linesOf(chunks)) {
    if (text.length < SHOWN_BYTES) text = Buffer.concat([text, line.subarray(0, SHOWN_BYTES)]);
    counter.add(line);
    const record = scanner.records;
    if (scanner.scan(mask.mask(line)) === 0) continue;
    if (lane.has(record) && counter.endRecord() >= number) return describe(firstLine + headerLines, text);
    counter.beginRecord();
    text = Buffer.alloc(0);
    firstLine = scanner.lines;
  }
  return text.length === 0 ? {} : describe(firstLine + headerLines, text);
}

/** Whole lines, or pieces of a line that spans chunks. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length;) {
      const found = chunk.indexOf(LINE_FEED, start);
      const end = found === -1 ? chunk.length : found + 1;
      yield chunk.subarray(start, end);
      start = end;
    }
  }
}

/**
 * Counts as COPY does, whose "line 7" is not a line of the file: within quotes it counts the character that ends
 * records, and in the first record, before it knows that character, nothing (CopyReadLineText in PostgreSQL's
 * copyfromparse.c).
 */
class LineCounter {
  readonly #countsValues: boolean;
  #lines = 0;
  #lineFeeds = 0;
  #carriageReturns = 0;
  #ending: number | undefined;
  /** The last two bytes so far. */
  #tail: [number | undefined, number | undefined] = [undefined, undefined];

  constructor(unit: CopyInput['unit']) {
    this.#countsValues = unit === 'line';
  }

  add(piece: Buffer): void {
    if (!this.#countsValues) return;
    this.#tail = [piece.length > 1 ? piece.at(-2) : this.#tail[1], piece.at(-1)];
    for (const byte of piece) {
      if (byte === LINE_FEED) this.#lineFeeds++;
      else if (byte === CARRIAGE_RETURN) this.#carriageReturns++;
    }
  }

  /** COPY's number for the record that has just ended. */
  endRecord(): number {
    const within = { [LINE_FEED]: this.#lineFeeds, [CARRIAGE_RETURN]: this.#carriageReturns }[this.#ending ?? -1] ?? 1;
    this.#ending ??= this.#tail[0] === CARRIAGE_RETURN ? CARRIAGE_RETURN : LINE_FEED;
    this.#lines += this.#countsValues ? Math.max(within, 1) : 1;
    return this.#lines;
  }

  beginRecord(): void {
    this.#lineFeeds = 0;
    this.#carriageReturns = 0;
  }
}

function describe(linesBefore: number, bytes: Buffer): Pick<Location, 'line' | 'record'> {
  const text = bytes.toString('utf8');
  return {
    line: linesBefore + 1,
    record: shorten((text.includes('\ufffd') ? bytes.toString('latin1') : text).replace(/\r?\n$/, '')),
  };
}
