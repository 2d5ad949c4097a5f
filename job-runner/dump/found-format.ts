import { ManifestError, shorten, type Location } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/format.ts';
import { canonicalName } from '../plan/encodings.ts';

/** What a source's own tool says of a DAT file. */
export type FoundFormat = Partial<
  Pick<Format, 'delimiter' | 'recordTerminator' | 'quote' | 'escape' | 'encoding' | 'header' | 'trailingDelimiter'>
>;

/** The format with what was found, where the manifest leaves that open. What it says otherwise is refused: one of them is wrong. */
export function applyFormat(format: Format, found: FoundFormat, location: Location): Format {
  for (const [field, value] of Object.entries(found) as [keyof FoundFormat, string | boolean][]) {
    const set = format[field];
    const isSame = field === 'encoding' ? canonicalName(String(set)) === canonicalName(String(value)) : set === value;
    if (isSame || !format.set.includes(field)) continue;
    const [says, is] = [value, set ?? ''].map((each) => shorten(JSON.stringify(each), 60));
    const message = `it says that ${field} is ${says ?? ''}, and spec.format.${field} is ${is ?? ''}: remove that from the manifest, or this file from the dump`;
    throw new ManifestError('FormatContradicted', message, location);
  }
  return { ...format, ...found };
}
