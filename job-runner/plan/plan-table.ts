import { DataError, ManifestError, shorten, type Location } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/task.ts';
import { binaryNotation, refuseMarkOrValue, refuseRaw, type BinaryFormat } from './binary-notation.ts';
import { withEncodings } from './column-encodings.ts';
import { columnWarnings } from './column-warnings.ts';
import { matchColumns, type DecidedColumn, type MatchedColumn } from './columns.ts';
import { encodeText } from './encoded-text.ts';
import { isExpectedMark, recordEncoding } from './encodings.ts';
import { dumpColumnsOf } from './dump-columns.ts';
import { describeHeaderMismatch } from './header-mismatch.ts';
import { isExact } from './exact-numbers.ts';
import { columnName } from './identifier.ts';
import { digestOf, type DigestedPlan } from './plan-digest.ts';
import { sourceColumnName } from './source-name.ts';
import type { CopyFormat, Mother, PlannedColumn, SchemaColumn, TablePlan } from './table-plan.ts';
import { isLossy, isTextType } from './type-compatibility.ts';
import { mapType, withZeroDates, type MappedType, type TypeMap } from './type-map.ts';

export interface TableInput {
  /** By `parseHeader`; undefined where the format has no header and the schema file gives the order. */
  readonly header: readonly string[] | undefined;
  readonly schemaColumns: readonly SchemaColumn[];
  /** The encoding of the DAT file's byte order mark, which takes precedence over the format's. */
  readonly mark: string | undefined;
  readonly mother: Mother | undefined;
  readonly typeMap: TypeMap;
  readonly format: Pick<
    Format,
    | 'delimiter'
    | 'recordTerminator'
    | 'lineEndsInFields'
    | 'nulIsEmpty'
    | 'quote'
    | 'escape'
    | 'escapesOutsideQuotes'
    | 'nullMarker'
    | 'encoding'
    | 'binaryValues'
    | 'columnEncodings'
    | 'unknownTypes'
    | 'dateOrder'
    | 'zeroDates'
    | 'decimalSeparator'
    | 'quotedNull'
    | 'trailingDelimiter'
    | 'frame'
    | 'set'
  >;
  readonly versionTable: { readonly schema: string; readonly name: string };
  readonly location: Location;
}

/** Header order × schema file × mother × type map → the version table's columns and COPY's column list. */
export function planTable(input: TableInput): TablePlan {
  const { schemaColumns, mark, mother, versionTable, location } = input;
  const typeMap = withZeroDates(input.typeMap, input.format.zeroDates);
  const header = input.header ?? schemaColumns.map((column) => column.name);
  if (header.length === 0)
    throw new DataError('NoColumns', 'neither the header nor the schema file names a column: fix the dump', location);
  refuseMismatch(input);
  const isOther = mark !== undefined && !isExpectedMark(mark, input.format.encoding);
  const encoding = isOther ? mark : input.format.encoding;
  const matched = matchColumns(header, schemaColumns, mother, location);
  const decide = (notation: BinaryFormat) =>
    matched.map((column) => decideColumn(column, typeMap, mother?.name ?? '', { ...notation, column: column.binary }));
  const { binaryValues, set } = input.format;
  const notation = { binaryValues, isSet: set.includes('binaryValues'), encoding };
  if (input.header === undefined) refuseMarkedValue(input, decide({ ...notation, encoding: input.format.encoding }));
  refuseRaw(notation, location);
  const decided = decide(notation);
  refuseEncoded(decided, location);
  const columns = withEncodings(decided, encodingsOf(input), encoding, location);
  if (input.format.unknownTypes === 'Fail') refuseUnknownTypes(columns, typeMap, location);
  const byKey = new Map(
    columns.flatMap((column) => (column.dumpName === undefined ? [] : [[columnName(column.dumpName), column.planned]])),
  );
  const copied = header
    .map((name) => byKey.get(columnName(sourceColumnName(name))))
    .filter((column) => column !== undefined);
  const format = copyFormat({ ...input.format, encoding: recordEncoding(encoding) }, typeMap);
  refuseUnwritable(format, location);
  const content = digested(copied, columns.filter(isEmpty), { ...format, encoding }, input);
  return {
    versionTable,
    ...(mother === undefined ? {} : { mother }),
    columns: columns.map((column) => column.planned),
    copyColumns: copied.map((column) => column.name),
    format,
    warnings: [
      ...(isOther ? [otherEncoding(mark, input.format.encoding)] : []),
      ...columnWarnings(columns, mother, typeMap),
    ],
    dumpColumns: dumpColumnsOf(schemaColumns, typeMap),
    digested: content,
    digest: digestOf(content),
  };
}

/** No field could be equal to it. */
function refuseUnwritable({ nullMarker, encoding }: CopyFormat, location: Location): void {
  if (encodeText(nullMarker, encoding) !== undefined) return;
  const message = `spec.format.nullMarker is ${shorten(nullMarker, 60)}, which ${encoding} has no characters for: change it, or spec.format.encoding`;
  throw new ManifestError('NullMarkerNotInEncoding', message, location);
}

/** What the source says of its columns, and the manifest, which takes precedence. */
function encodingsOf({ schemaColumns, format }: TableInput): Readonly<Record<string, string>> {
  const own = schemaColumns.flatMap(({ name, encoding }) =>
    encoding === undefined ? [] : [[name, encoding] as const],
  );
  return { ...Object.fromEntries(own), ...format.columnEncodings };
}

function otherEncoding(mark: string, encoding: string): string {
  return `the file was read as ${mark}, by its byte order mark, and not as ${encoding}: set spec.format.encoding to ${mark}`;
}

function refuseMismatch({ header, schemaColumns, format, location }: TableInput): void {
  if (header === undefined) return;
  const names = schemaColumns.map(({ name }) => sourceColumnName(name));
  const mismatch = describeHeaderMismatch(header.map(sourceColumnName), names, format.delimiter);
  if (mismatch === undefined) return;
  const withoutValues =
    'the header and the schema file each name columns that the other does not have; the first line may be data. Check spec.format.header and spec.format.delimiter; with spec.privacy.records Shown the names are here';
  throw new DataError('HeaderMismatch', mismatch, { ...location, line: 1 }, { withoutValues });
}

function decideColumn(
  column: MatchedColumn,
  typeMap: TypeMap,
  motherName: string,
  format: BinaryFormat,
): DecidedColumn {
  const mapped = column.sourceType === undefined ? undefined : mapType(typeMap, column.sourceType);
  const type = column.mother?.type ?? mapped?.type ?? 'text';
  const binary = column.isInHeader
    ? binaryNotation(mapped, column.mother?.baseType ?? type, typeMap, format)
    : undefined;
  const planned: PlannedColumn = {
    name: column.name,
    type,
    origin: column.mother !== undefined ? 'Mother' : mapped !== undefined ? 'Schema' : 'Header',
    ...(column.sourceType === undefined ? {} : { sourceType: shorten(column.sourceType, 60) }),
    ...lossOf(column, mapped, motherName),
    ...(isExact(column.sourceType, mapped, column.mother?.baseType ?? type) ? { isExact: true } : {}),
    ...(binary === undefined ? {} : { binary }),
  };
  return { ...column, ...(mapped === undefined ? {} : { mapped }), planned };
}

/** Of a file without a header; `columns` as they are if its first bytes are no byte order mark. */
function refuseMarkedValue({ schemaColumns, mark, location }: TableInput, columns: readonly DecidedColumn[]): void {
  const first = sourceColumnName(schemaColumns[0]?.name ?? '');
  refuseMarkOrValue(mark, columns.find(({ dumpName }) => dumpName === first)?.planned, location);
}

/** Bytes that the source says it wrote in base64 would be these letters in a column of another type. */
function refuseEncoded(columns: readonly DecidedColumn[], location: Location): void {
  const column = columns.find(
    ({ binary, isInHeader, planned }) => binary === 'Base64' && isInHeader && !planned.binary,
  );
  if (column === undefined) return;
  const message = `the column's bytes are written in base64, and it is ${column.planned.type}: make it bytea in the mother table`;
  throw new ManifestError('BytesInText', message, { ...location, column: column.name });
}

/** Without a source type any value may come, of which a mother's column keeps what its type does. */
function lossOf({ mother, sourceType }: MatchedColumn, mapped: MappedType | undefined, motherName: string) {
  if (mother === undefined) return { isLossy: false };
  const valueType = mother.baseType ?? mother.type;
  const lossy = mapped === undefined || isLossy(mapped.type, valueType);
  return {
    isLossy: lossy,
    ...(mapped?.known === true && isTextType(mapped.type) && !isTextType(valueType) ? { isFromText: true } : {}),
    ...(mother.baseType === undefined ? {} : { valueType }),
    ...(mother.parts === undefined ? {} : { parts: mother.parts }),
    ...(lossy && sourceType !== undefined ? { narrowedBy: { mother: motherName, sourceType } } : {}),
  };
}

function refuseUnknownTypes(columns: readonly DecidedColumn[], typeMap: TypeMap, location: Location): void {
  const column = columns.find(({ mapped }) => mapped?.known === false);
  if (column === undefined) return;
  const message = `the dialect ${typeMap.dialect} does not know the type ${shorten(column.sourceType ?? '', 60)} of column ${column.name}: add it to a dialect of your own (spec.format.dialects), or set spec.format.unknownTypes to Text`;
  throw new ManifestError('UnknownType', message, { ...location, column: column.name });
}

function copyFormat(format: TableInput['format'], { family }: TypeMap): CopyFormat {
  const { delimiter, recordTerminator, quote, escape, nullMarker, encoding, dateOrder, zeroDates } = format;
  const { lineEndsInFields, nulIsEmpty, quotedNull, trailingDelimiter, decimalSeparator } = format;
  return {
    ...{ delimiter, recordTerminator, quote, escape: escape ?? quote, nullMarker, encoding, dateOrder, zeroDates },
    ...{ lineEndsInFields, nulIsEmpty, quotedNull, trailingDelimiter, decimalSeparator },
    backslash: backslashOf(format, family),
    isPostgresql: family === 'postgresql',
  };
}

/** MySQL escapes by default with a backslash, which shows in its null marker. Without a quote nobody else's files have an escape. */
function backslashOf(
  { quote, escape, escapesOutsideQuotes, nullMarker }: TableInput['format'],
  family: string,
): CopyFormat['backslash'] {
  if (escape === '\\' && family === 'postgresql' && quote === '') return 'EscapesLikeCopy';
  const isOfMysql = quote === '' || (escapesOutsideQuotes ?? family === 'mysql');
  if (escape === '\\' && isOfMysql) return 'Escapes';
  return escape === undefined && quote === '' && nullMarker === '\\N' ? 'IsRefused' : 'IsData';
}

/** A column of the schema file that is not in the DAT file. */
function isEmpty({ dumpName, isInHeader }: DecidedColumn): boolean {
  return dumpName !== undefined && !isInHeader;
}

/**
 * What only decides which records are refused counts as well: where some may be left out, others would be loaded. Columns that only the schema file
 * has count by name alone, whether they are the mother's or not: without values their type does not matter, and a mother that gains such a column
 * takes it over.
 */
function digested(
  copied: readonly PlannedColumn[],
  empty: readonly DecidedColumn[],
  format: CopyFormat,
  { header, format: { frame } }: Pick<TableInput, 'header' | 'format'>,
): DigestedPlan {
  const { delimiter, quote, escape, nullMarker, encoding, backslash, dateOrder, zeroDates, quotedNull } = format;
  const names = empty.map(({ name }) => name.toLowerCase()).sort();
  const others = [
    [delimiter, quote, escape, nullMarker, encoding],
    ...(header === undefined ? ['no header'] : []),
    ...(frame === 'None' ? [] : ['frame', frame]),
    ...(backslash === 'Escapes' ? ['backslash escapes'] : []),
    ...(backslash === 'EscapesLikeCopy' ? ['escapes of COPY'] : []),
    ...(backslash === 'IsRefused' ? ['no backslash'] : []),
    ...(format.trailingDelimiter ? ['trailing delimiter'] : []),
    ...(format.isPostgresql ? ['values of PostgreSQL'] : []),
    ...(dateOrder === undefined ? [] : [dateOrder]),
    ...(zeroDates === 'Null' ? [] : ['zero dates']),
    ...(quotedNull ? ['quoted NULL'] : []),
    ...(format.recordTerminator === '' ? [] : [['record terminator', format.recordTerminator]]),
    ...(format.lineEndsInFields ? ['line ends in fields'] : []),
    ...(format.nulIsEmpty ? ['NUL is empty'] : []),
    ...(format.decimalSeparator === undefined ? [] : ['decimals behind', format.decimalSeparator]),
    ...copied.flatMap(({ name, encoding: own }) => (own === undefined ? [] : [['encoding', name, own]])),
    ...(names.length === 0 ? [] : [names]),
  ];
  return { columns: copied.map(({ name, type, binary }) => [name, type, binary ?? null]), others };
}
