import { DataError, type Location } from '../../crds/contract/errors.ts';

type DataCode = ConstructorParameters<typeof DataError>[0];

/** PostgreSQL's own code for what a record is refused for. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const SQL_STATES: Partial<Readonly<Record<DataCode, string>>> = {
  ...{ FieldCount: '22P04', TextBehindQuote: '22P04', UnterminatedQuote: '22P04', CarriageReturn: '22P04' },
  ...{ BackslashUnclear: '22P04', DataBehindEnd: '22P04', NulByte: '22021', NotInEncoding: '22021' },
  ...{ ValueEmpty: '22P02', ValueIsNull: '22P02', ValueUnclear: '22P02', NotBits: '22P02', BinaryUnclear: '22P02' },
  ...{ DecimalSeparatorUnknown: '22P02', NotHexadecimal: '22023', NotBase64: '22023', ValueCut: '22001' },
  ...{ ValueRounded: '22003', TimeOfDayLost: '22008', TimeZoneLost: '22008', ZeroDate: '22008' },
  DateOrderUnknown: '22007',
};

/** A record that cannot be loaded, before anybody knows on which line of the file it is. */
export class RecordProblem extends Error {
  /** From 0. */
  readonly record: number;
  readonly code: DataCode;
  readonly column: string | undefined;
  /** The value that is the problem, if it is one. */
  readonly value: string | undefined;
  /** The message without values, where it may have some: PostgreSQL's. */
  readonly withoutValues: string | undefined;

  constructor(
    record: number,
    code: DataCode,
    message: string,
    column?: string,
    value?: string,
    withoutValues?: string,
  ) {
    // Nobody reads where it was made, and a stack trace takes three quarters of the time of a reject (13 µs).
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.record = record;
    this.code = code;
    this.column = column;
    this.value = value;
    this.withoutValues = withoutValues;
  }

  get sqlState(): string | undefined {
    return SQL_STATES[this.code] ?? sqlStateOf(this.code);
  }

  /** The same, with a remark behind its message. */
  with(remark: string): RecordProblem {
    if (remark === '') return this;
    const { record, code, message, column, value, withoutValues } = this;
    const hidden = withoutValues && withoutValues + remark;
    return new RecordProblem(record, code, message + remark, column, value, hidden);
  }

  toDataError(location: Location): DataError {
    return new DataError(this.code, this.message, {
      ...location,
      ...(this.column === undefined ? {} : { column: this.column }),
    });
  }
}

const SQL = 'Sql';
const SQL_STATE_LENGTH = 5;

function sqlStateOf(code: string): string | undefined {
  return code.startsWith(SQL) && code.length === SQL.length + SQL_STATE_LENGTH ? code.slice(SQL.length) : undefined;
}
