import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FORMAT_PRESETS } from '../../../crds/contract/format-presets.ts';
import { findFormatProblems } from '../../../crds/contract/format-rules.ts';
import { formatOfTable, resolveFormat, type FormatSpec } from '../../../crds/contract/format.ts';
import { compileSchema } from '../../../crds/contract/compile-schema.ts';
import { dumpIngestionSchema } from '../../../crds/contract/schema.ts';

const { format: schema = {} } = dumpIngestionSchema().properties?.['spec']?.properties ?? {};
const validate = compileSchema({ type: 'object', properties: { format: schema } });

/** As the apiserver stores it: with the defaults that do not depend on the preset. */
function stored(set: Partial<FormatSpec>): FormatSpec {
  const spec = { format: { ...set } as FormatSpec };
  assert.equal(validate(spec), true);
  return spec.format;
}

describe('resolveFormat', () => {
  it('gives the reference format if nothing is set', () => {
    assert.deepEqual(resolveFormat(stored({})), {
      preset: 'reference',
      dumpName: '{app}_{version}.zip',
      schemaExtension: '.json',
      datExtension: '.dat',
      delimiter: '|',
      recordTerminator: '',
      lineEndsInFields: false,
      nulIsEmpty: false,
      quote: '`',
      nullMarker: 'NULL',
      header: true,
      encoding: 'LATIN1',
      zeroDates: 'Null',
      quotedNull: false,
      trailingDelimiter: false,
      binaryValues: 'Hex',
      dialect: 'mssql',
      frame: 'None',
      dialectRules: [],
      dialects: [],
      tables: [],
      unknownTypes: 'Text',
      set: ['preset', 'dumpName', 'schemaExtension', 'dialectRules', 'dialects', 'tables', 'unknownTypes'],
    });
  });

  it('lets a field that is set override the preset, even where it is empty or false', () => {
    const set = { preset: 'csv', delimiter: ';', quote: '', header: false } as const;
    const { delimiter, quote, header, nullMarker, encoding } = resolveFormat(stored(set));
    assert.deepEqual([delimiter, quote, header, nullMarker, encoding], [';', '', false, '', 'UTF8']);
  });

  for (const preset of Object.keys(FORMAT_PRESETS) as FormatSpec['preset'][]) {
    it(`gives for the preset ${preset} values that the CRD allows`, () => {
      const format = stored({ preset, ...FORMAT_PRESETS[preset] });
      assert.deepEqual(findFormatProblems(format), []);
      assert.deepEqual({ ...resolveFormat(stored({ preset })), set: [] }, { ...resolveFormat(format), set: [] });
    });
  }
});

describe('formatOfTable', () => {
  const tables = [
    { match: 'address_old', header: false },
    { match: 'address*', encoding: 'UTF8' },
  ];
  const format = resolveFormat(stored({ preset: 'mysql-tab', encoding: 'WIN1252', tables }));

  it('applies the first item that matches, and only its fields', () => {
    assert.deepEqual(formatOfTable(format, 'address_old'), {
      ...{ ...format, header: false, tables: [] },
      set: [...format.set, 'header'],
    });
    assert.deepEqual(formatOfTable(format, 'addresses'), {
      ...{ ...format, encoding: 'UTF8', tables: [] },
      set: [...format.set, 'encoding'],
    });
  });

  it('leaves other tables the format of the dumps', () =>
    assert.deepEqual(formatOfTable(format, 'users'), { ...format, tables: [] }));
});

describe('the CRD', () => {
  const { tables, ...fields } = schema.properties ?? {};
  const ofTables = Object.fromEntries(
    Object.entries(tables?.items?.properties ?? {}).filter(([name]) => name !== 'match'),
  );
  /** What is about dumps and not about one DAT file. */
  const ofDumps = [
    'preset',
    'dumpName',
    'schemaExtension',
    'datExtension',
    'dialect',
    'dialectRules',
    'dialects',
    'unknownTypes',
  ];

  it('has each field of a DAT file for single tables, too, and the same', () => {
    const names = Object.keys(fields).filter((name) => !ofDumps.includes(name));
    assert.deepEqual(Object.keys(ofTables), names);
    for (const name of names) assert.deepEqual(ofTables[name], fields[name], name);
  });

  it('has no default for a field of a DAT file, which would take the place of what the preset or the format says', () => {
    const withDefault = [...Object.entries(ofTables), ...Object.entries(fields)].filter(
      ([name, { default: value }]) => value !== undefined && (name in ofTables || name in FORMAT_PRESETS.reference),
    );
    assert.deepEqual(withDefault, []);
  });
});
