import { are, counted } from '../../crds/contract/counted.ts';
import type { Finding } from './finding.ts';
import type { SampleField } from './records.ts';

type Records = readonly (readonly SampleField[])[];

/** Spellings of NULL. Some writers escape the backslash of MySQL's. */
const MARKERS = ['\\N', '\\\\N', 'NULL', 'null', '(null)', ''];

/** The spelling that columns of numbers and dates have most and that is no value of theirs; where they have none, what is hardly a text. */
export function nullFindings(data: Records, types: readonly string[]): Finding[] {
  const markers = data.flatMap((fields) =>
    fields.flatMap((field, index) =>
      MARKERS.includes(field.text)
        ? [{ ...field, isNumber: !isTextual(types[index]), isBytes: types[index] === 'bytea' }]
        : [],
    ),
  );
  const shown = markers.filter(({ text, isNumber, isBytes }) => isNumber && !(isBytes && text === ''));
  const most = mostOf(shown);
  if (most !== undefined) {
    const quoted = most.fields.filter(({ isQuoted }) => isQuoted).length;
    const evidence = `${quoted === 0 ? 'none' : quoted} of them ${are(quoted)} in quotes`;
    return [most.finding, { field: 'quotedNull', value: quoted > 0, evidence }];
  }
  const ofTexts = mostOf(
    markers.filter(({ text, isNumber, isQuoted }) => !isNumber && !isQuoted && text !== '' && text !== 'null'),
  );
  if (ofTexts === undefined) return emptyTexts(data);
  const { finding } = ofTexts;
  return [{ ...finding, evidence: `${finding.evidence}, which may be texts; a guess`, isGuess: true }];
}

function mostOf<Field extends SampleField>(
  markers: readonly Field[],
): { finding: Finding; fields: Field[] } | undefined {
  const [most] = [...Map.groupBy(markers, ({ text }) => text)].sort(([, a], [, b]) => b.length - a.length);
  if (most === undefined) return undefined;
  const [value, fields] = most;
  const evidence = `${counted(fields.length, 'field')} ${are(fields.length)} ${value === '' ? 'empty' : value}`;
  return { finding: { field: 'nullMarker', value, evidence }, fields };
}

/** Most exporters write NULL as nothing; of MySQL and COPY it is the empty text. */
function emptyTexts(data: Records): Finding[] {
  const count = data.flat().filter(({ text, isQuoted }) => text === '' && !isQuoted).length;
  if (count === 0) return [];
  const evidence = `${counted(count, 'text')} ${are(count)} empty, not NULL for sure; a guess`;
  return [{ field: 'nullMarker', value: '', evidence, isGuess: true }];
}

function isTextual(type = 'text'): boolean {
  return /^(?:text|character|varchar|json|xml)/.test(type);
}
