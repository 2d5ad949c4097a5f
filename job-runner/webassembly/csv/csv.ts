/** The module csv.wasm: CSV, as COPY reads it, into COPY's binary or text format. */
import { beginBinary } from './binary';
import { setFormat } from './format';
import { beginProgress } from './progress';
import { writeTables } from './tables';
import { beginText } from './text-bytes';

export { consumed, lineEndBytes, refused, toBinary } from './binary';
export { lines, records } from './progress';
export { toText } from './text';
export { endText, inside, isMarkerWithQuotes } from './text-bytes';

/** Before each file. The kinds of the columns and the null marker are in the memory by then, see abi.ts. */
export function begin(
  columns: i32,
  delimiter: u32,
  quote: u32,
  escape: u32,
  nullMarkerBytes: i32,
  isLatin1: bool,
): void {
  writeTables();
  setFormat(columns, delimiter, quote, escape, nullMarkerBytes, isLatin1);
  beginProgress();
  beginBinary();
  beginText();
}
