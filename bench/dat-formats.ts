/** How the DAT files of a data set are written, and what reads them. */
export interface DatFormat {
  /** `spec.format` of Motherload's manifest. */
  readonly manifest: string;
  /** The options of COPY for the file, or for what the filter makes of it. */
  readonly copyOptions: string;
  /** A command between unzip and psql, for a file that COPY itself cannot read. */
  readonly filter?: string;
  readonly encoding: 'latin1' | 'utf8' | 'utf16le';
  readonly hasHeader: boolean;
  readonly delimiter: string;
  readonly recordEnd: string;
  /** A value as it stands in the file; undefined is NULL. */
  readonly field: (value: string | undefined) => string;
}

/** The reference dumps' own: every value in back-ticks, NULL as the word without. */
export const REFERENCE_FORMAT: DatFormat = {
  manifest: '{}',
  copyOptions: "FORMAT csv, HEADER true, DELIMITER '|', QUOTE '`', NULL 'NULL', ENCODING 'LATIN1'",
  ...{ encoding: 'latin1', hasHeader: true, delimiter: '|', recordEnd: '\n' },
  field: (value) => (value === undefined ? 'NULL' : `\`${value.replaceAll('`', '``')}\``),
};

/** Quotes where there must be, as most programs write CSV. */
export const CSV_FORMAT: DatFormat = {
  manifest: '{ preset: csv }',
  copyOptions: "FORMAT csv, HEADER true, ENCODING 'UTF8'",
  ...{ encoding: 'utf8', hasHeader: true, delimiter: ',', recordEnd: '\n' },
  field: (value = '') => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value),
};

/** `bcp -w` with terminators that no text has. COPY takes one byte for each, which a control character can be after sed. */
export const BCP_FORMAT: DatFormat = {
  manifest: String.raw`{ preset: bcp-wide, delimiter: "+|", recordTerminator: "&|\n" }`,
  copyOptions: String.raw`FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02', NULL '', ENCODING 'UTF8'`,
  filter: String.raw`iconv -f UTF-16 -t UTF-8 | LC_ALL=C sed -e 's/+|/\x01/g' -e 's/&|$//'`,
  ...{ encoding: 'utf16le', hasHeader: false, delimiter: '+|', recordEnd: '&|\n' },
  field: (value = '') => value,
};

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\\t', '\n': '\\\n' };

/** `mysqldump --tab`. COPY's text format reads these escapes, but no zero dates. */
export const TAB_FORMAT: DatFormat = {
  manifest: '{ preset: mysql-outfile, encoding: UTF8 }',
  copyOptions: "FORMAT text, ENCODING 'UTF8'",
  filter: String.raw`LC_ALL=C sed -e 's/\t0000-00-00 00:00:00/\t\\N/g'`,
  ...{ encoding: 'utf8', hasHeader: false, delimiter: '\t', recordEnd: '\n' },
  field: (value) => value?.replaceAll(/[\\\t\n]/g, (character) => ESCAPES[character] ?? character) ?? '\\N',
};
