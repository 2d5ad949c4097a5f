import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';

/**
 * Character by character, as PostgreSQL's CopyReadLineText and CopyReadAttributesCSV do it; a field is null or text.
 */
export function readCsv(format: CopyFormat, input: Buffer): { records: (string | null)[][]; endsInQuotes: boolean } {
  const { delimiter, quote, nullMarker } = format;
  const escape = format.quote === '' ? '' : format.escape;
  const records: (string | null)[][] = [];
  const fields: (string | null)[] = [];
  let [value, quoted, inside] = ['', false, false];
  const text = input.toString('latin1');
  const endField = () => {
    fields.push(!quoted && value === nullMarker ? null : value);
    [value, quoted] = ['', false];
  };
  for (let at = 0; at < text.length; at++) {
    const [character, next] = [text[at] ?? '', text[at + 1]];
    if (inside && character === escape && (next === quote || next === escape)) {
      value += next;
      at++;
    } else if (quote !== '' && character === quote) [inside, quoted] = [!inside, true];
    else if (inside || (character !== delimiter && character !== '\n')) value += character;
    else {
      endField();
      if (character === '\n') records.push(fields.splice(0));
    }
  }
  endField();
  records.push(fields);
  return { records, endsInQuotes: inside };
}

/** The text format, as CopyReadAttributesText reads it. */
export function readText({ delimiter, nullMarker }: CopyFormat, input: Buffer): (string | null)[][] {
  const records = input.toString('latin1').split('\n');
  return records.map((record) => {
    const fields = [''];
    for (const piece of record.match(/\\[0-7]{3}|\\[^]|[^]/g) ?? []) {
      if (piece === delimiter) fields.push('');
      else fields.push((fields.pop() ?? '') + piece);
    }
    return fields.map((field) => (field === nullMarker ? null : unescape(field)));
  });
}

function unescape(field: string): string {
  return field.replace(/\\([0-7]{3}|[^])/g, (_, code: string) => {
    if (code.length === 3) return String.fromCharCode(parseInt(code, 8));
    return { n: '\n', r: '\r' }[code] ?? code;
  });
}
