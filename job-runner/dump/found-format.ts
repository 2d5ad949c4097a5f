import { ManifestError, shorten, type Location } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/format.ts';
import type { SchemaColumn } from '../plan/table-plan.ts';
import { canonicalName, utf16Order } from '../plan/encodings.ts';

/** What a source's own tool says of a DAT file. */
export type FoundFormat = Partial<
  Pick<Format, 'delimiter' | 'recordTerminator' | 'quote' | 'escape' | 'encoding' | 'header' | 'trailingDelimiter'>
>;

/** What the files beside a table's data say of it. */
export interface TableSchema {
  readonly columns: readonly SchemaColumn[];
  /** What the source's own tool says of the data, and in which file. */
  readonly found?: { readonly format: FoundFormat; readonly location: Location };
  /** How many rows the source's own tool says that it has written, from another file. */
  readonly readDeclaredRows?: () => Promise<number | undefined>;
}

/** The format with what was found, where the manifest leaves that open. What it says otherwise is refused: one of them is wrong. */
export function applyFormat(format: Format, found: TableSchema['found']): Format {
  if (found === undefined) return format;
  for (const [field, value] of Object.entries(found.format) as [keyof FoundFormat, string | boolean][]) {
    const set = format[field];
    const isSame = field === 'encoding' ? isSameEncoding(String(set), String(value)) : set === value;
    if (isSame || !format.set.includes(field)) continue;
    const [says, is] = [value, set ?? ''].map((each) => shorten(JSON.stringify(each), 60));
    const message = `it says that ${field} is ${says ?? ''}, and spec.format.${field} is ${is ?? ''}: remove that from the manifest, or this file from the dump`;
    throw new ManifestError('FormatContradicted', message, found.location);
  }
  return { ...format, ...found.format, set: [...format.set, ...Object.keys(found.format)] };
}

function isSameEncoding(one: string, other: string): boolean {
  const [first, second] = [one, other].map((name) => utf16Order(name) ?? canonicalName(name));
  return first === second;
}
