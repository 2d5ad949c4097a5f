import type { Failure } from '../../../crds/contract/errors.ts';
import type { Scene } from './load-scene.ts';

/** A DAT file that cannot be loaded, and where its error is. */
interface BadDat extends Scene {
  readonly title: string;
  readonly failure: Partial<Failure>;
  readonly message: RegExp;
}

const ONE = 'ride_id|rider\n1|`one`\n';
const UTF8 = 'format: { encoding: UTF8 }';
/** Each is loaded below the mother `rides`, whose ride_id is a bigint, NOT NULL and more than 0. */
export const BAD_DATS: readonly BadDat[] = [
  {
    title: 'a value that does not fit the type',
    text: `${ONE}abc|two\n`,
    failure: { code: 'Sql22P02', line: 3, column: 'ride_id', record: 'abc|two' },
    message: /invalid input syntax for type bigint: "abc"/,
  },
  {
    title: 'a value that is too large for the type',
    text: `${ONE}99999999999999999999|two\n`,
    failure: { code: 'Sql22003', line: 3, column: 'ride_id', record: '99999999999999999999|two' },
    message: /out of range/,
  },
  {
    title: 'a NULL where the mother has NOT NULL',
    text: `${ONE}NULL|two\n`,
    failure: { code: 'Sql23502', line: 3, column: 'ride_id', record: 'NULL|two' },
    message: /violates not-null constraint/,
  },
  {
    title: "a value that the mother's CHECK refuses",
    text: `${ONE}0|two\n`,
    failure: { code: 'Sql23514', line: 3, record: '0|two' },
    message: /violates check constraint/,
  },
  {
    title: 'a record with a field too few',
    text: `${ONE}2\n3|three\n`,
    failure: { code: 'FieldCount', line: 3, record: '2' },
    message: /has 1 fields, and the table has 2 columns/,
  },
  {
    title: 'a record with a field too many',
    text: `${ONE}2|two|zwei\n3|three\n`,
    failure: { code: 'FieldCount', line: 3, record: '2|two|zwei' },
    message: /has more fields than the 2 columns/,
  },
  {
    title: 'line ends of CR alone',
    text: 'ride_id|rider\r1|one\r2|two\r',
    failure: { code: 'CarriageReturn', line: 1 },
    message: /lines must end in LF or CRLF/,
  },
  {
    title: 'a header in another encoding',
    text: 'ride_id|rë\n1|one\n',
    spec: UTF8,
    failure: { code: 'NotInEncoding', line: 1 },
    message: /^the header has bytes that are not UTF8/,
  },
  {
    title: 'an empty line',
    text: `${ONE}\n2|two\n`,
    failure: { code: 'FieldCount', line: 3, record: '' },
    message: /the table has 2 columns/,
  },
  {
    title: 'the names of the columns, where the format says that there is no header',
    spec: 'format: { header: false }',
    text: 'Ride_ID|`rider`\r\n1|one\r\n',
    failure: { code: 'HeaderMismatch', line: 1 },
    message: /^the first line has the names of the columns: set spec\.format\.header to true$/,
  },
  {
    title: 'the header once more',
    text: `${ONE}ride_id|rider\n2|two\n`,
    failure: { code: 'ValueUnclear', line: 3, record: 'ride_id|rider' },
    message: /The record is the header once more, as in files that were put together: remove it from the DAT file$/,
  },
  {
    title: 'a last line feed where records end with CRLF, so that lines of a single column would be one record',
    text: 'rider\none\ntwo\n',
    columns: { rider: 'varchar' },
    spec: 'format: { preset: bcp-char, header: false }',
    failure: { code: 'FieldCount', line: 1 },
    message:
      /ends with a line feed and not with the record terminator "\\r\\n": .* set spec\.format\.recordTerminator to "\\n"/,
  },
  {
    title: 'the null marker in quotes, with its escape',
    text: '"1","\\N"\n',
    spec: `format: { preset: mysql-outfile, delimiter: ',', quote: '"' }`,
    failure: { code: 'ValueIsNull', line: 1, column: 'rider', record: '"1","\\N"' },
    message: /the null marker in quotes, which MySQL reads as NULL: set spec\.format\.quotedNull to true/,
  },
  {
    title: 'a record whose last field may be missing, where each ends with a delimiter',
    text: 'ride_id|rider\n1|one|\n2|\n',
    spec: 'format: { trailingDelimiter: true }',
    failure: { code: 'FieldCount', line: 3, record: '2|' },
    message: /no delimiter at its end, so field 2 may be cut off or missing/,
  },
  {
    title: 'a last value that may be cut off, where each record ends with a delimiter',
    text: 'ride_id|rider\n1|one|\n2|tw',
    spec: 'format: { trailingDelimiter: true }',
    failure: { code: 'FieldCount', line: 3, record: '2|tw' },
    message: /no delimiter at its end, so field 2 may be cut off or missing/,
  },
  {
    title: 'a delimiter at the end of the header alone, where each line should have one',
    text: 'ride_id|rider|\n1|one\n',
    spec: 'format: { trailingDelimiter: true }',
    failure: { code: 'FieldCount', line: 2, record: '1|one' },
    message: /remove the one at the end of the header/,
  },
  {
    title: 'line ends of CRLF where the server writes LF, with NULL before one',
    text: '1\t\\N\r\n2\ttwo\r\n',
    spec: 'format: { preset: mysql-outfile }',
    failure: { code: 'HeaderMismatch', line: 1 },
    message: /set spec\.format\.recordTerminator to "\\r\\n"/,
  },
  {
    title: 'a text of one NUL byte, which bcp means as the empty one',
    text: `${ONE}2|\0\n`,
    failure: { code: 'NulByte', line: 3 },
    message: /set spec\.format\.nulIsEmpty to true/,
  },
  {
    title: 'an end in the middle of a record, where line ends may be in fields',
    spec: "format: { quote: '', lineEndsInFields: true }",
    text: 'ride_id|rider\n1|one\n2\n',
    failure: { code: 'FieldCount', line: 3 },
    message: /the file ends before the last field/,
  },
  {
    title: 'a record that another one was glued to, where line ends may be in fields',
    spec: "format: { quote: '', lineEndsInFields: true }",
    text: 'ride_id|rider\n1|one\n2\n3|three\n',
    failure: { code: 'Sql22P02', line: 3, column: 'ride_id' },
    message: /invalid input syntax for type bigint/,
  },
  {
    title: 'a NUL byte',
    text: `${ONE}2|t\0wo\n`,
    failure: { code: 'Sql22021', line: 3, column: 'rider', record: '2|t\\u0000wo' },
    message: /invalid byte sequence for encoding .*0x00/,
  },
  {
    title: 'bytes that the encoding does not have',
    text: `${ONE}2|Zo\xeb, said\n3|three\n`,
    spec: UTF8,
    failure: { code: 'Sql22021', line: 3, column: 'rider', record: '2|Zoë, said' },
    message: /invalid byte sequence for encoding "UTF8": 0xeb/,
  },
  {
    title: 'a quote that is not closed',
    text: `${ONE}2|\`two\n3|three\n`,
    failure: { code: 'UnterminatedQuote', line: 3, record: '2|`two' },
    message: /ends within a quoted or escaped value that begins in this record/,
  },
  {
    title: 'the bad record after values of several lines',
    text: `ride_id|rider\n1|\`o\nn\ne\`\n2|\`t\nwo\`\nabc|\`t\nhree\`\n`,
    failure: { line: 7, column: 'ride_id', record: 'abc|`t\\nhree`' },
    message: /"abc"/,
  },
  {
    title: 'a last record without a line end',
    text: `${ONE}abc|two`,
    failure: { line: 3, column: 'ride_id', record: 'abc|two' },
    message: /"abc"/,
  },
  {
    title: 'line ends of CRLF',
    text: `${ONE}abc|two\n`.replaceAll('\n', '\r\n'),
    failure: { line: 3, column: 'ride_id', record: 'abc|two' },
    message: /"abc"/,
  },
  {
    title: 'line ends of CR alone behind the header',
    text: `ride_id|rider\n1|one\r2|two\r`,
    failure: { code: 'CarriageReturn', line: 2 },
    message: /field 2 has a carriage return .* lines must end in LF or CRLF/,
  },
  {
    title: 'a long record, which is shortened',
    text: `${ONE}abc|${'x'.repeat(10_000)}\n`,
    failure: { line: 3, record: `abc|${'x'.repeat(195)}…` },
    message: /"abc"/,
  },
  {
    title: 'a file that is packed, and whose name does not show it',
    text: '\x1f\x8b\x08\0\0\0\0\0\0\x03\n\n',
    failure: { code: 'NoHeader', line: 1 },
    message: /^it is packed by gzip, .* rename rides\.dat to rides\.dat\.gz in the dump$/,
  },
  {
    title: 'no header but a first line without end',
    text: 'x'.repeat(1_200_000),
    failure: { code: 'NoHeader', line: 1 },
    message: /no line end.*spec\.format\.header/,
  },
];
