import type { BinaryNotation } from '../../plan/binary-notation.ts';
import { countCharacters } from '../../plan/multibyte-text.ts';
import { renderPostgresqlType } from '../../plan/postgresql-type.ts';
import { isComposed, readArray, readComposed } from './read-composed.ts';
import { NARROW, readNarrow } from './read-narrow.ts';
import { readInterval } from './read-interval.ts';
import { readMoment } from './read-moment.ts';
import { readParts } from './read-parts.ts';
import { hasRepeatedKey } from './repeated-key.ts';
import { readFloat, readInteger, readNumeric } from './read-number.ts';
import type { Reading, ValueColumn } from './reading.ts';

/** Types of which the empty text is not a value. */
const EMPTY_IS_NO_VALUE =
  /^(?:smallint|integer|bigint|numeric|real|double precision|boolean|uuid|date|time.*|interval.*)$/;
const EMPTY =
  "is empty: if that means NULL, set spec.format.nullMarker to '', and spec.format.quotedNull to true where a quoted empty field does, too";

/** How sources and their tools write NULL. */
const NULL_WORD = /^(?:null|\\N|\(null\)|<null>|\[null\]|none|nil|n\/a|#n\/a|nat|<na>)$/i;
/** Of columns that have no such number. */
const NOT_A_NUMBER = /^nan$/i;
const HAS_NOT_A_NUMBER = /^(?:numeric|real|double precision)$/;
const NULL_REMEDY =
  'is a word for NULL: set spec.format.nullMarker to it, and spec.format.quotedNull to true where it is quoted';

/** MySQL's BIT, where it is one bit. */
const RAW_BOOLEANS: Readonly<Record<string, string>> = { '\0': 'f', '\x01': 't' };

/** What the input of PostgreSQL's boolean takes, prefixes left out. */
const BOOLEANS = new Set(['t', 'true', 'y', 'yes', 'on', '1', 'f', 'false', 'n', 'no', 'off', '0']);

/** What no number, moment or the like has: many look like a minus, a digit or nothing. */
const FOREIGN = /[^\t-\r -~]/u;

/** Reads a value that is not NULL, by its column's type. Types that are not named here keep what they take, or refuse it. */
export function readValue(text: string, column: ValueColumn): Reading {
  if (column.binary !== undefined) return readBinary(text, column.binary, column);
  if (column.type.array) return readElements(text, column);
  if (column.parts !== undefined)
    return readParts(text, column.parts, (part, type) =>
      readValue(part, { ...column, type, parts: undefined, isExact: column.isFromText }),
    );
  const reading = readByType(text, column);
  const isSettled = reading !== 'AsIs' && !('problem' in reading && reading.problem === 'ValueUnclear');
  if (isSettled || !EMPTY_IS_NO_VALUE.test(column.type.name)) return reading;
  const [character] = FOREIGN.exec(text) ?? [];
  return character === undefined ? reading : foreign(character, column);
}

function foreign(character: string, { type }: ValueColumn): Reading {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const reason = `has the character U+${code}, which no value of the type ${renderPostgresqlType(type)} has`;
  return { problem: 'ValueUnclear', reason };
}

function readByType(text: string, column: ValueColumn): Reading {
  const { name } = column.type;
  if (EMPTY_IS_NO_VALUE.test(name)) {
    if (text === '') return { problem: 'ValueEmpty', reason: EMPTY };
    if (NULL_WORD.test(text) || (NOT_A_NUMBER.test(text) && !HAS_NOT_A_NUMBER.test(name)))
      return { problem: 'ValueIsNull', reason: NULL_REMEDY };
  }
  switch (name) {
    case 'smallint':
    case 'integer':
    case 'bigint':
      return readInteger(text, column);
    case 'boolean':
      return readBoolean(text);
    case 'numeric':
      return readNumeric(text, column);
    case 'real':
    case 'double precision':
      return readFloat(text, column);
    case 'date':
    case 'timestamp without time zone':
    case 'timestamp with time zone':
    case 'time without time zone':
    case 'time with time zone':
      return readMoment(text, column);
    case 'bytea':
      return column.isPostgresql && !column.isLossy ? 'AsIs' : readBytesOfText(text);
    case 'jsonb':
      return readJson(text);
    case 'character varying':
    case 'character':
      return readBoundedText(text, column);
    default:
      if (NARROW.test(name)) return readNarrow(text, column);
      if (isComposed(name)) return readComposed(text, column, (part, type) => readValue(part, { ...column, type }));
      return name.startsWith('interval') ? readInterval(text, column) : 'AsIs';
  }
}

function readElements(text: string, column: ValueColumn): Reading {
  const type = { ...column.type, array: false };
  return readArray(text, (element) => readValue(element, { ...column, type }));
}

/** Of a value that was not read as it should. */
function readBinary(text: string, notation: BinaryNotation, { type }: ValueColumn): Reading {
  switch (notation) {
    case 'ClosedBytes': {
      if (text === '') return 'AsIs';
      const reason =
        'may be raw bytes, which this encoding does not allow to know: export the column by HEX(), and set spec.format.binaryValues to Hex';
      return { problem: 'BinaryUnclear', reason };
    }
    case 'Hex': {
      const reason =
        'is not written in pairs of hexadecimal digits; if the file has raw bytes, or base64, set spec.format.binaryValues';
      return { problem: 'NotHexadecimal', reason };
    }
    case 'PrefixedHex': {
      const reason = String.raw`does not begin with \x as PostgreSQL writes bytes: export it with bytea_output = hex, or set spec.format.binaryValues`;
      return { problem: 'NotHexadecimal', reason };
    }
    case 'Base64':
    case 'Base64Bits':
      return { problem: 'NotBase64', reason: 'is not written in base64: check spec.format.binaryValues' };
    case 'OpenBits': {
      const reason =
        'may be raw bits or a decimal number, or is neither: export the column as a number (b + 0), or set spec.format.binaryValues to Raw or Hex';
      return { problem: 'BinaryUnclear', reason };
    }
    default: {
      const reason = `does not have the bits of ${renderPostgresqlType(type)}, or may be \\N or their bytes: export the column as a number (b + 0), and check spec.format.binaryValues`;
      return { problem: 'NotBits', reason };
    }
  }
}

function readBoolean(text: string): Reading {
  const raw = RAW_BOOLEANS[text];
  if (raw !== undefined) return { instead: raw };
  if (BOOLEANS.has(text.trim().toLowerCase())) return 'AsIs';
  return { problem: 'ValueUnclear', reason: 'is neither true nor false' };
}

/** MariaDB's JSON is a text, and keeps what jsonb does not. */
function readJson(text: string): Reading {
  if (!hasRepeatedKey(text)) return 'AsIs';
  return { problem: 'ValueCut', reason: 'has a key twice in one object, of which jsonb keeps only the last' };
}

/** Of a column whose source has other values: a backslash would begin bytes in another notation. */
function readBytesOfText(text: string): Reading {
  if (!text.includes('\\')) return 'AsIs';
  return { problem: 'ValueUnclear', reason: 'has a backslash, with which the input of bytea begins other bytes' };
}

/** Blanks beyond the length are cut without an error; anything else beyond it is refused. */
function readBoundedText(text: string, { type }: ValueColumn): Reading {
  const length = Number(type.parameters[0] ?? Infinity);
  if (text.length <= length || !text.endsWith(' ') || countCharacters(text) <= length) return 'AsIs';
  return { problem: 'ValueCut', reason: `ends in blanks beyond the ${length} characters that its column keeps` };
}
