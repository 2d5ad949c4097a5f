import { FORMAT_PRESETS, type PresetFields } from './format-presets.ts';
import type { DumpIngestionSpec } from './generated.ts';
import { matchesPattern } from './name-pattern.ts';

/** `spec.format` as it is set: what is missing is decided by its preset. */
export type FormatSpec = DumpIngestionSpec['format'];

/** A complete format, and which of its fields come from the manifest: a source's own description of a file may decide the others. */
export type Format = Omit<FormatSpec, keyof PresetFields> & PresetFields & { readonly set: readonly string[] };

/** The format of the dumps: what is set, and what the preset says where nothing is. */
export function resolveFormat(spec: FormatSpec): Format {
  return { ...FORMAT_PRESETS[spec.preset], ...spec, set: Object.keys(spec) };
}

/** The format of one table's DAT file: that of the dumps with the first item of `spec.format.tables` that matches the table's name. */
export function formatOfTable<Fields extends Pick<Format, 'tables' | 'set'>>(format: Fields, table: string): Fields {
  for (const { match, ...fields } of format.tables)
    if (matchesPattern(match, table))
      return { ...format, ...fields, set: [...format.set, ...Object.keys(fields)], tables: [] };
  return { ...format, tables: [] };
}
