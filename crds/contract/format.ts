import { FORMAT_PRESETS, type PresetFields } from './format-presets.ts';
import type { DumpIngestionSpec } from './generated.ts';
import { matchesPattern } from './name-pattern.ts';

/** `spec.format` as it is set: what is missing is decided by its preset. */
export type FormatSpec = DumpIngestionSpec['format'];

/** A complete format, and which of its fields are not the preset's: those of the manifest, and then of the source's own description of a file. */
export type Format = Omit<FormatSpec, keyof PresetFields> & PresetFields & { readonly set: readonly string[] };

/** The format of the dumps: what is set, and what the preset says where nothing is. */
export function resolveFormat(spec: FormatSpec): Format {
  return { ...FORMAT_PRESETS[spec.preset], ...spec, set: Object.keys(spec) };
}

/**
 * The format in which the rows of a source database reach the readers: that of MySQL's own files, of which nothing is left open. What the
 * manifest says of types and zero dates applies.
 */
export function databaseFormat(spec: FormatSpec, driver: 'mysql' | 'mssql'): Format {
  const preset = FORMAT_PRESETS['mysql-outfile'];
  const { dialect = driver, zeroDates = preset.zeroDates } = spec;
  const binaryValues = driver === 'mysql' ? 'Raw' : 'Hex';
  return { ...preset, ...spec, ...{ dialect, zeroDates, binaryValues, tables: [], set: [] } };
}

/** The format of one table's DAT file: that of the dumps with the first item of `spec.format.tables` that matches the table's name. */
export function formatOfTable<Fields extends Pick<Format, 'tables' | 'set'>>(format: Fields, table: string): Fields {
  for (const { match, ...fields } of format.tables)
    if (matchesPattern(match, table))
      return { ...format, ...fields, set: [...format.set, ...Object.keys(fields)], tables: [] };
  return { ...format, tables: [] };
}
