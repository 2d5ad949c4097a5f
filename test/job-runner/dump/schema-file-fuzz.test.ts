import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../crds/contract/errors.ts';
import { parseSchemaFile } from '../../../job-runner/dump/schema-file.ts';
import { fuzz } from '../../fuzz.ts';

const location = { file: 'crm_v1.zip:users.json' };
const SCHEMA =
  '[\r\n\t{"column_name": "user_id", "column_type": "int"},\n {"COLUMN_NAME":"näme","column_type":"decimal(10,2)"},]';
const FILES = [
  Buffer.from(SCHEMA),
  Buffer.from(`\ufeff${SCHEMA}`, 'utf16le'),
  Buffer.from('- column_name: a\n  column_type: int\n'),
];

/** The columns, or the DataError; anything else fails the test. */
function parse(bytes: Buffer): readonly unknown[] | DataError {
  try {
    return parseSchemaFile(bytes, location);
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
    return error;
  }
}

describe('a schema file of any bytes', () => {
  it('is read or refused with its name, and a damaged one has no column without name and type', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.boolean()), {
      minLength: 1,
      maxLength: 4,
    });
    const property = fc.property(fc.constantFrom(...FILES), damage, (whole, changes) => {
      let bytes = Buffer.from(whole);
      for (const [at, value, isRemoved] of changes) {
        const place = at % bytes.length;
        if (isRemoved && bytes.length > 1) bytes = Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)]);
        else bytes[place] = value;
      }
      const parsed = parse(bytes);
      if (parsed instanceof DataError) assert.equal(parsed.location.file, location.file);
      else {
        assert(parsed.length > 0);
        for (const column of parsed as { name: unknown; sourceType: unknown }[])
          assert.match(`${String(column.name)}:${String(column.sourceType)}`, /^[^]+:[^]+$/);
      }
    });
    fc.assert(property, fuzz(21, 3000));
  });

  it('is read or refused, if it is JSON of another shape', () => {
    const property = fc.property(fc.json({ maxDepth: 4 }), (text) => void parse(Buffer.from(text)));
    fc.assert(property, fuzz(22, 1000));
  });

  it('is read or refused wherever it was cut off', () => {
    for (const whole of FILES) for (let length = 0; length < whole.length; length++) parse(whole.subarray(0, length));
  });
});
