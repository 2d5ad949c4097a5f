/** The module csv.wasm: turns the records of a DAT file into rows of COPY's binary or text format. */
import { beginDates } from './dates';
import { setFormat } from './format';
import { beginRows } from './rows';
import { writeTables } from './tables';

export { withoutOffset } from './dates';
export { countHighControls, countLineFeeds } from './evidence';
export { recordEnd } from './record-end';
export {
  carriageReturns,
  consumed,
  foreignEscapes,
  hasAnswers,
  problem,
  problemColumn,
  records,
  setMaxRecords,
  skipRecord,
  toRows,
  useAnswers,
  valueEnd,
  valueStart,
} from './rows';

/** Before each file. The kinds and bounds of the columns, the ends and the null marker are in the memory by then, see abi.ts. */
export function begin(
  columns: i32,
  delimiterBytes: i32,
  terminatorBytes: i32,
  lineEndsInFields: bool,
  quote: u32,
  escape: u32,
  backslash: i32,
  nullMarkerBytes: i32,
  family: i32,
  quotedNull: bool,
  nulIsEmpty: bool,
  trailingDelimiter: bool,
  isText: bool,
  characters: usize,
  hasColumnEncodings: bool,
): void {
  writeTables();
  setFormat(
    columns,
    delimiterBytes,
    terminatorBytes,
    lineEndsInFields,
    quote,
    escape,
    backslash,
    nullMarkerBytes,
    family,
    quotedNull,
    nulIsEmpty,
    trailingDelimiter,
    isText,
    characters,
    hasColumnEncodings,
  );
  beginRows();
  beginDates();
}
