/**
 * What the modules and the TypeScript around them agree on: where things lie in a module's memory, and what numbers
 * mean. This file is compiled as AssemblyScript and as TypeScript, so it holds constants alone. README.md draws the
 * memory.
 */

/**
 * A block of 16 bytes is read and written whole, and a number together with 8 bytes before it: so many bytes around a
 * buffer must exist.
 */
export const MARGIN_BYTES: usize = 64;

// inflate.wasm

/** What `inflate` returns. */
export const NEEDS_INPUT = 0;
export const OUTPUT_FULL = 1;
export const ENDED = 2;
export const ENDS_EARLY = 3;
export const DAMAGED = 4;

/** The module's own tables end before this address; the buffers follow. */
export const INFLATE_TABLES_END: usize = 16384;
/** Packed bytes that are kept until the next ones arrive, because the header of a block may continue there. */
export const UNREAD_BYTES: usize = 1024;
/** The longest distance: https://www.rfc-editor.org/rfc/rfc1951#section-3.2.5 */
export const HISTORY_BYTES: usize = 32768;

// csv.wasm

/** Stands for the quote and the escape where nothing is quoted. */
export const NO_BYTE = 256;
/** What `toBinary` and `toText` return where the output does not fit. */
export const NO_ROOM: usize = 0;

/** The module's own tables end before this address, at which the host writes the null marker. */
export const NULL_MARKER: usize = 4096;
export const MAX_NULL_MARKER_BYTES = 255;
/** The host writes a byte for each column here: its kind. 1,600 columns are PostgreSQL's own limit. */
export const KINDS: usize = NULL_MARKER + 256;
export const MAX_COLUMNS = 1600;
/**
 * A field is put together here if quotes or escapes within it must be removed. The input and the output slots follow.
 */
export const SCRATCH: usize = KINDS + 1600 + MARGIN_BYTES;

/**
 * The most bytes of output for each byte of input: a digit and its delimiter become a numeric of 14 bytes, and a record
 * has 2 more.
 */
export const BINARY_EXPANSION: usize = 8;
/** Each byte may get a backslash. */
export const TEXT_EXPANSION: usize = 2;
/** `toText` stops this near to the end of its output: 16 bytes of CSV become 36 at most. */
export const TEXT_MARGIN_BYTES: usize = 64;

/** How a column's values are written. */
export const KIND_SMALLINT = 0;
export const KIND_INTEGER = 1;
export const KIND_BIGINT = 2;
export const KIND_BOOLEAN = 3;
export const KIND_DOUBLE = 4;
export const KIND_NUMERIC = 5;
export const KIND_DATE = 6;
export const KIND_TIMESTAMP = 7;
export const KIND_UUID = 8;
export const KIND_TEXT = 9;
