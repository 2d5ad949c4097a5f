/**
 * What the modules and the TypeScript around them agree on: where things lie in a module's memory, and what numbers mean. This file is
 * compiled as AssemblyScript and as TypeScript, so it holds constants alone. README.md draws the memory.
 */

/** A block of 16 bytes is read and written whole, and a number together with 8 bytes before it: so many bytes around a buffer must exist. */
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

/** Stands for the quote and the escape where there is none. */
export const NO_BYTE = 256;
/** What `toRows` returns where the output does not fit. */
export const NO_ROOM: usize = 0;

/** 1,600 columns are PostgreSQL's own limit. */
export const MAX_COLUMNS = 1600;
/** The module's own tables end before this address, at which the host writes the null marker. */
export const NULL_MARKER: usize = 4096;
export const MAX_NULL_MARKER_BYTES = 255;
/** The delimiter, and what ends a record. */
export const DELIMITER: usize = NULL_MARKER + 256;
export const MAX_END_BYTES = 16;
export const TERMINATOR: usize = DELIMITER + 16;
/** Of a single-byte encoding, 4 bytes for each byte from 0x80 on: its character in UTF-8, and how many bytes of it; 0 where it has none. */
export const CHARACTERS: usize = TERMINATOR + 16;
/** There may be 8 such tables. */
export const TABLE_BYTES: usize = 4 * 128;
/** 4 bytes for each column: the address of its encoding's table, or `AS_THEY_ARE` where its bytes are written so. */
export const COLUMN_CHARACTERS: usize = CHARACTERS + 8 * 512;
export const AS_THEY_ARE: usize = 0;
/** The host writes a byte for each column here: its kind. */
export const KINDS: usize = COLUMN_CHARACTERS + 4 * 1600;
/** And 4 bytes for each column: how many digits behind the point, or bytes, its values keep. */
export const BOUNDS: usize = KINDS + 1600;
/** And a byte for each column: 1 where a record with NULL in it is a reject. */
export const NOT_NULLS: usize = BOUNDS + 4 * 1600;
/** Where the host answers for values in doubt, 8 bytes for each column: `AS_READ`, `AS_NULL`, or where another spelling begins and ends. */
export const ANSWERS: usize = NOT_NULLS + 1600;
export const AS_READ: usize = 1;
export const AS_NULL: usize = 2;
/** The other spellings of one record's values, one behind the other: that of an array has as many bytes as its elements need. */
export const SPELLINGS: usize = ANSWERS + 8 * 1600;
export const SPELLINGS_BYTES = 102400;
/** A field is put together here if quotes or escapes within it must be removed. The input and the output slots follow. */
export const SCRATCH: usize = SPELLINGS + 102400 + MARGIN_BYTES;

/** The most bytes of output for each byte of input: a digit and its delimiter become a numeric of 14 bytes, and a record has 2 more. */
export const BINARY_EXPANSION: usize = 8;
/** Each byte may get a backslash; an empty field and its delimiter become three bytes, and one byte of a bytea and its delimiter six. */
export const TEXT_EXPANSION: usize = 3;

/** How a column's values are read and, in binary, written. */
export const KIND_SMALLINT = 0;
export const KIND_INTEGER = 1;
export const KIND_BIGINT = 2;
export const KIND_BOOLEAN = 3;
export const KIND_DOUBLE = 4;
export const KIND_NUMERIC = 5;
export const KIND_DATE = 6;
export const KIND_TIMESTAMP = 7;
export const KIND_TIMESTAMPTZ = 8;
export const KIND_UUID = 9;
/** bytea, written as pairs of hexadecimal digits. Its bound is one of `HEX_…`. */
export const KIND_HEX = 10;
export const KIND_BASE64 = 11;
/** bytea, written as it is. Its bound is one of `RAW_…`. */
export const KIND_RAW = 12;
/** bit, written as a decimal number or as digits of 0 and 1. */
export const KIND_BITS = 13;
/** bit, written as the bytes of the number. */
export const KIND_RAW_BITS = 14;
/** bit, written as either of these, where the value cannot be the other one. */
export const KIND_OPEN_BITS = 15;
/** bit, written as the bytes of the number in base64. */
export const KIND_BASE64_BITS = 16;
export const KIND_TEXT = 17;
/** A text of so many characters. */
export const KIND_BOUNDED = 18;
/** Of a type whose input changes no value without an error. In text only, as the next one. */
export const KIND_AS_IS = 19;
/** Each value is in doubt. */
export const KIND_DOUBT = 20;
/** jsonb, as it is written, unless an object may have a key twice. */
export const KIND_JSON = 21;

/** The bound of hexadecimal digits: with or without 0x or \x before them; only behind \x. */
export const HEX_ANY = 0;
export const HEX_PREFIXED = 1;

/** The bound of raw bytes that may as well be hexadecimal digits or base64, a sum of: some value is not empty, not hexadecimal, not base64. */
export const RAW_UNSEEN = 0;
export const RAW_SEEN = 1;
export const RAW_NOT_HEX = 2;
export const RAW_NOT_BASE64 = 4;
/** Raw bytes, as the manifest or the values have it. */
export const RAW_SETTLED = 7;

/** The bound of bits is their number, and what their digits say, a sum of: some value has all of them, fewer of 0 and 1, digits of another number. */
export const BITS_NUMBER = 127;
export const BITS_ALL = 128;
export const BITS_FEW = 256;
export const BITS_DECIMAL = 512;

/** Why a record is not written. */
export const NO_PROBLEM = 0;
/** Only the host can tell what a value comes to; `valueStart` and `valueEnd` show where it lies. */
export const PROBLEM_DOUBT = 1;
export const PROBLEM_TEXT_BEHIND_QUOTE = 2;
export const PROBLEM_TOO_FEW_FIELDS = 3;
export const PROBLEM_TOO_MANY_FIELDS = 4;
export const PROBLEM_CARRIAGE_RETURN = 5;
export const PROBLEM_BACKSLASH = 6;
export const PROBLEM_DELIMITER_AT_END = 7;
/** A text that is one NUL byte. */
export const PROBLEM_NUL = 8;
/** A field has `\.`, with which COPY ends the data. */
export const PROBLEM_END_OF_DATA = 9;
/** NULL in a column that may not have it. */
export const PROBLEM_NULL = 10;
/** The null marker has an escape and is quoted. */
export const PROBLEM_ESCAPED_MARKER = 11;
/** No delimiter behind the last field, where each record should have one. */
export const PROBLEM_NO_DELIMITER_AT_END = 12;

/** What a backslash outside of quotes is. */
export const BACKSLASH_IS_DATA = 0;
/** MySQL's escape, within quotes as well. */
export const BACKSLASH_ESCAPES = 1;
export const BACKSLASH_IS_REFUSED = 2;
/** The escape of COPY's text format. */
export const BACKSLASH_OF_COPY = 3;

/** Encodings in which a byte of a multibyte character may look like an ASCII character. */
export const FAMILY_NONE = 0;
/** All but those below: a byte from 0x80 on begins a character of two bytes. */
export const FAMILY_TWO_BYTES = 1;
export const FAMILY_SJIS = 2;
export const FAMILY_JOHAB = 3;
export const FAMILY_GB18030 = 4;

/** How `checksum.wasm` hashes a column's values: their bytes, or for numbers what does not change where the column becomes wider. */
export const HASH_BYTES = 0;
export const HASH_INTEGER = 1;
export const HASH_NUMBER = 2;
export const HASH_NUMERIC = 3;

/** The memory of `checksum.wasm`: one byte for each column, room for a value in another form, and rows of COPY's binary format. */
export const HASH_METHODS: usize = 0;
export const HASH_SCRATCH: usize = 2048;
export const HASH_ROWS: usize = 4096;

// packets.wasm

/** What `toRecords` returns: it has read all of the input, the output has no room, or a packet is next that is not a row, at once or as none should be. */
export const PACKETS_NEED_INPUT = 0;
export const PACKETS_FULL = 1;
export const PACKETS_END = 2;
export const PACKETS_NOT_UNDERSTOOD = 3;

/** The input begins there; the output follows. */
export const PACKETS_INPUT: usize = 64;
