import type { CopyFormat } from '../plan/table-plan.ts';
import * as abi from '../webassembly/abi.ts';
import type { ReaderColumn } from './reader-columns.ts';
import { RecordProblem } from './record-problem.ts';
import type { Reading } from './values/reading.ts';

/** Why a record cannot be divided into its fields, and what to set. `index` is the field's, from 0. */
export function describeProblem(
  problem: number,
  record: number,
  index: number,
  readerColumns: readonly ReaderColumn[],
  { quote, recordTerminator }: Pick<CopyFormat, 'quote' | 'recordTerminator'>,
): RecordProblem {
  const columns = readerColumns.length;
  const fields =
    recordTerminator === '' ? 'spec.format.delimiter' : 'spec.format.delimiter, spec.format.recordTerminator';
  switch (problem) {
    case abi.PROBLEM_TEXT_BEHIND_QUOTE: {
      const message = `field ${index + 1} has text behind its closing quote (${quote}): check spec.format.quote and spec.format.escape, or recreate the dump`;
      return new RecordProblem(record, 'TextBehindQuote', message);
    }
    case abi.PROBLEM_TOO_FEW_FIELDS: {
      const message = `the record has ${index + 1} fields, and the table has ${columns} columns in the dump: check ${fields} and spec.format.quote; a line end within a value must be quoted or escaped`;
      return new RecordProblem(record, 'FieldCount', message);
    }
    case abi.PROBLEM_TOO_MANY_FIELDS: {
      const message = `the record has more fields than the ${columns} columns that the table has in the dump: check ${fields} and spec.format.quote; a delimiter within a value must be quoted or escaped`;
      return new RecordProblem(record, 'FieldCount', message);
    }
    case abi.PROBLEM_DELIMITER_AT_END: {
      const message =
        'the record ends with a delimiter at the line end: if every record does, set spec.format.trailingDelimiter to true';
      return new RecordProblem(record, 'FieldCount', message);
    }
    case abi.PROBLEM_NO_DELIMITER_AT_END: {
      const message = `the record has no delimiter at its end, so field ${columns} may be cut off or missing: recreate the dump, or, if no record ends with a delimiter, set spec.format.trailingDelimiter to false and remove the one at the end of the header`;
      return new RecordProblem(record, 'FieldCount', message);
    }
    case abi.PROBLEM_ESCAPED_MARKER: {
      const message = `field ${index + 1} is the null marker in quotes, which MySQL reads as NULL: set spec.format.quotedNull to true`;
      return new RecordProblem(record, 'ValueIsNull', message, readerColumns[index]?.planned.name);
    }
    case abi.PROBLEM_CARRIAGE_RETURN: {
      const message = `field ${index + 1} has a carriage return that is neither quoted nor part of a line end: lines must end in LF or CRLF. If they end in LF alone and carriage returns are data, set spec.format.recordTerminator to "\\n"`;
      return new RecordProblem(record, 'CarriageReturn', message);
    }
    case abi.PROBLEM_BACKSLASH: {
      const message = `field ${index + 1} has a backslash, and with the null marker \\N it may be data or an escape: set spec.format.escape to \\ for a file of MySQL, or to '' where a backslash is data`;
      return new RecordProblem(record, 'BackslashUnclear', message);
    }
    case abi.PROBLEM_END_OF_DATA:
      return describeEndOfData(record);
    case abi.PROBLEM_NUL: {
      const message = `field ${index + 1} is a NUL byte, which no text of PostgreSQL can have: if the file is bcp's, which writes the empty string so, set spec.format.nulIsEmpty to true`;
      return new RecordProblem(record, 'NulByte', message);
    }
    case abi.PROBLEM_NULL: {
      const column = readerColumns[index]?.planned.name;
      return new RecordProblem(record, 'Sql23502', 'the column may not be NULL (not-null constraint)', column);
    }
    default:
      throw new Error(`the module csv.wasm has stopped for an unknown reason (${problem})`);
  }
}

export function describeNotUtf8(record: number): RecordProblem {
  const message =
    'the record has bytes that are not UTF-8: check spec.format.encoding, or fix the value in the dump or in the source database';
  return new RecordProblem(record, 'NotInEncoding', message);
}

/** To be thrown where more than line ends stands behind it. */
export function describeEndOfData(record: number): RecordProblem {
  const message =
    'the record has \\., which ends the data of COPY and must be all of its last line: recreate the dump, or set spec.format.escape';
  return new RecordProblem(record, 'DataBehindEnd', message);
}

/** The file ends and the record does not. */
export function describeOpenEnd(record: number, { quote, escape, lineEndsInFields }: CopyFormat): RecordProblem {
  const isQuote = quote !== '' || (escape !== '' && !lineEndsInFields);
  const message = isQuote
    ? 'the file ends within a quoted or escaped value that begins in this record: check spec.format.quote and spec.format.escape, or recreate the dump'
    : 'the file ends before the last field of this record: check spec.format.delimiter and spec.format.recordTerminator, or recreate the dump';
  return new RecordProblem(record, isQuote ? 'UnterminatedQuote' : 'FieldCount', message);
}

/** Why a value cannot be loaded into its column, and what to do. */
export function describeValue(
  { problem, reason }: Extract<Reading, { problem: string }>,
  record: number,
  { planned }: ReaderColumn,
  text: string,
): RecordProblem {
  const isSettled =
    problem === 'DateOrderUnknown' ||
    problem === 'DecimalSeparatorUnknown' ||
    problem === 'ZeroDate' ||
    problem === 'NotHexadecimal' ||
    problem === 'NotBase64' ||
    problem === 'NotBits' ||
    problem === 'BinaryUnclear' ||
    problem === 'ValueIsNull' ||
    problem === 'ValueEmpty';
  const hint = isSettled ? '' : `: ${columnRemedy(planned)}`;
  return new RecordProblem(record, problem, `the value ${reason}${hint}`, planned.name, text);
}

/** Of a value that stands for another spelling, which all of its record share the room for. */
export function describeTooLong(record: number, { planned }: ReaderColumn): RecordProblem {
  const message = `the value is too long to be spelled as PostgreSQL reads it (${abi.SPELLINGS_BYTES} bytes for all values of the record): export its numbers, dates and times as PostgreSQL writes them`;
  return new RecordProblem(record, 'ValueUnclear', message, planned.name);
}

/** What helps where a column cannot take a value. */
export function columnRemedy({ narrowedBy, type, sourceType }: ReaderColumn['planned']): string {
  return narrowedBy === undefined
    ? `fix the value, or map ${sourceType === undefined ? 'its type' : `the type ${sourceType}`} to another one in a dialect of your own (docs/type-maps.md)`
    : `it is ${narrowedBy.sourceType} in this dump and ${type} in the mother ${narrowedBy.mother}. Widen the mother's column (ALTER TABLE), name its type in spec.motherTables.definitions, or set spec.motherTables.policy to Recreate`;
}
