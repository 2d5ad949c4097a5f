import { FORMAT_PRESETS, type PresetFields } from '../../crds/contract/format-presets.ts';
import type { FormatSpec } from '../../crds/contract/format.ts';
import type { Finding } from './finding.ts';

export interface Proposal {
  readonly preset: FormatSpec['preset'];
  /** What differs from the preset. */
  readonly fields: readonly Finding[];
}

/** The preset with which the fewest fields must be set; of equal ones the first; or the one that the files' names demand. What the sample does not show is left to the preset. */
export function choosePreset(findings: readonly Finding[], only?: FormatSpec['preset']): Proposal {
  const has = (field: Finding['field'], ...values: readonly unknown[]) =>
    findings.some((finding) => finding.field === field && values.includes(finding.value));
  const isQuoted = findings.some(({ field, value }) => field === 'quote' && value !== '');
  const isPossible = (name: string) => {
    // It prints dashes, or its word for NULL; other files of pipes have nothing for NULL.
    if (name === 'sqlcmd') return has('frame', 'Sqlcmd') || has('nullMarker', 'NULL');
    // bcp quotes nothing.
    return !(name.startsWith('bcp-') && isQuoted);
  };
  const presets = Object.entries(FORMAT_PRESETS).filter(([name]) =>
    only === undefined ? isPossible(name) : name === only,
  );
  // That the sample has no quotes does not mean that what separates fields by commas quotes none; sqlcmd does not.
  const isOpen = has('quote', '') && has('delimiter', ',', ';') && !has('frame', 'Sqlcmd');
  const proposals = presets.map(([name, preset]) => ({
    preset: name as FormatSpec['preset'],
    fields: findings.filter(
      (finding) => !agrees(preset, finding) && !(isOpen && finding.field === 'quote' && preset.quote === '"'),
    ),
  }));
  const [best] = proposals.sort((one, other) => one.fields.length - other.fields.length);
  if (best === undefined) throw new Error('there is no preset');
  return best;
}

function agrees(preset: PresetFields, finding: Finding): boolean {
  const own = (preset as Readonly<Record<string, unknown>>)[finding.field];
  return isSame(finding, own);
}

/** Whether a format with this value reads as one with that of the finding. */
export function isSame({ field, value }: Finding, own: unknown): boolean {
  // LF and CRLF both end a record where no terminator is set.
  if (field === 'recordTerminator' && own === '' && (value === '\n' || value === '\r\n')) return true;
  // A table without bytes from 0x80 to 0x9F is the same in both.
  if (field === 'encoding' && value === 'LATIN1' && own === 'WIN1252') return true;
  // Without another one the quote escapes itself.
  if (field === 'escape') return (own === '\\') === (value === '\\');
  return own === value;
}
