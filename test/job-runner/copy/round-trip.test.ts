import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { CopyFormat } from '../../../job-runner/plan/table-plan.ts';
import { fuzz } from '../../fuzz.ts';
import { fieldsOf, planOf, REFERENCE } from './plans.ts';
import type { Field } from './reference-reader.ts';

/** A format, and how its source writes a value; undefined where it cannot. */
interface Written {
  readonly format: CopyFormat;
  readonly write: (value: string) => string | undefined;
}

const CSV: CopyFormat = { ...REFERENCE, delimiter: ',', quote: '"', escape: '"', nullMarker: '' };
const MYSQL: CopyFormat = {
  ...REFERENCE,
  ...{ delimiter: '\t', recordTerminator: '\n', quote: '', escape: '\\', nullMarker: '\\N', backslash: 'Escapes' },
};
const BCP: CopyFormat = {
  ...REFERENCE,
  ...{ delimiter: '\t', recordTerminator: '\r\n', quote: '', escape: '', nullMarker: '' },
  ...{ lineEndsInFields: true, nulIsEmpty: true },
};

const doubled = (quote: string) => (value: string) => quote + value.replaceAll(quote, quote + quote) + quote;

/** As OUTFILE escapes: the backslash, NUL, and the first characters of what ends fields and records. */
const escaped = (special: string) => (value: string) =>
  value.replace(/[^]/g, (character) => (special.includes(character) ? `\\${character}` : character));

/** bcp escapes nothing, so a value must not hold what ends its field. */
const unescaped =
  ({ delimiter, recordTerminator }: CopyFormat) =>
  (value: string) =>
    value === '' ? '\0' : [delimiter, recordTerminator].some((end) => value.includes(end)) ? undefined : value;

const FORMATS: Readonly<Record<string, Written>> = {
  'the reference format': { format: REFERENCE, write: doubled('`') },
  'CSV with everything quoted': { format: CSV, write: doubled('"') },
  'CSV with quotes where there must be': {
    format: CSV,
    write: (value) => (/^$|[,"\r\n]/.test(value) ? doubled('"')(value) : value),
  },
  'CSV with an escape': {
    format: { ...CSV, escape: '\\' },
    write: (value) => `"${value.replace(/["\\]/g, '\\$&')}"`,
  },
  "MySQL's OUTFILE": { format: MYSQL, write: escaped('\\\t\n') },
  "MySQL's OUTFILE with quotes": {
    format: { ...MYSQL, delimiter: ',', quote: '"' },
    write: (value) => `"${escaped('\\"\n')(value)}"`,
  },
  "MySQL's OUTFILE with terminators of its own": {
    format: { ...MYSQL, delimiter: '#|', recordTerminator: '&|\n' },
    write: escaped('\\#&'),
  },
  'bcp -c': { format: BCP, write: unescaped(BCP) },
  'bcp with terminators of its own': {
    format: { ...BCP, delimiter: '+|', recordTerminator: '&|\n' },
    write: unescaped({ ...BCP, delimiter: '+|', recordTerminator: '&|\n' }),
  },
};

const value = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 6,
    arbitrary: fc.string({
      unit: fc.constantFrom(...'ab ,;|"\'`\\#&+\t\r\nNé'.split(''), 'NULL', '\\N', 'x'.repeat(40)),
      maxLength: 12,
    }),
  },
);
const rows = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 12 });
const lengths = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 4 });

describe('rows of any values', () => {
  for (const [title, { format, write }] of Object.entries(FORMATS)) {
    it(`come back as they were, through ${title}`, () => {
      const spell = (field: Field) => (field === null ? format.nullMarker : write(field));
      const plan = planOf({ a: 'text', b: 'text', c: 'text' }, format);
      let tried = 0;
      fc.assert(
        fc.property(rows, lengths, (written, chunks) => {
          const spelled = written.map((row) => row.map(spell));
          if (spelled.flat().includes(undefined)) return;
          tried++;
          const text = spelled.map((row) => row.join(format.delimiter) + (format.recordTerminator || '\n')).join('');
          assert.deepEqual(fieldsOf(plan, Buffer.from(text, 'latin1'), chunks), written);
        }),
        fuzz(17, 1000),
      );
      assert(tried > 100, `only ${tried} files`);
    });
  }
});
