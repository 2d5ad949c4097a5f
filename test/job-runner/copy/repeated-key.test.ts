import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import { hasRepeatedKey } from '../../../job-runner/copy/values/repeated-key.ts';
import { convertAll, planOf, REFERENCE } from './plans.ts';

/** A table of one JSON column, in which nothing is quoted or escaped. */
const FORMAT = { ...REFERENCE, delimiter: ';', quote: '', escape: '', encoding: 'UTF8' };

function isLoaded(json: string, encoding = 'UTF8'): boolean {
  const file = Buffer.from(`${json}\n`);
  try {
    const { bytes } = convertAll(planOf({ j: 'jsonb' }, { ...FORMAT, encoding }), 'text', file, [7]);
    assert.equal(bytes.toString().replaceAll('\\\\', '\\'), `${json}\n`);
    return true;
  } catch (error) {
    assert.ok(error instanceof RecordProblem);
    assert.equal(error.code, 'ValueCut');
    assert.match(error.message, /has a key twice in one object, of which jsonb keeps only the last/);
    return false;
  }
}

describe('a key of JSON', () => {
  it('is refused twice in one object', () => {
    for (const json of [
      '{"a":1,"a":1}',
      '[{"b":{"a" : 1, "c": {}, "a"\t: 2}}]',
      '{"a":1,"\\u0061":2}',
      '{"":1,"":2}',
      '{"a":"\\"{","b":[{"a":1}],"a":2}',
      '{"ключ":1,"ключ":2}',
    ])
      assert.equal(isLoaded(json), false, json);
  });

  it('is loaded once in each object, whatever the values are', () => {
    for (const json of [
      '{"a":{"a":[{"a":1},{"a":"a"}]},"b":"\\"a\\":1,\\"a\\":2"}',
      '["a","a"]',
      '{"a":"b","b":"a"}',
      '{"a\\"":1,"a":2,"\\\\":3,"\\\\\\\\":4}',
      `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
      `{${Array.from({ length: 1000 }, (_, index) => `"key ${index}":${index}`).join(',')}}`,
      '"text"',
      '12',
    ])
      assert.equal(isLoaded(json), true, json);
  });

  it('is compared in encodings whose characters may have a backslash within', () => {
    assert.equal(isLoaded('{"a":1,"b":2}', 'SJIS'), true);
    assert.equal(isLoaded('{"a":1,"a":2}', 'SJIS'), false);
  });

  it('is found wherever it is', () => {
    const key = fc.constantFrom('a', 'b', 'é', '"', '\\', '{', '":', '');
    const { value } = fc.letrec<{ value: Written }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        key.map((text) => ({ json: JSON.stringify(text), isTwice: false })),
        fc.array(tie('value'), { maxLength: 3 }).map((values) => ({
          json: `[ ${values.map(({ json }) => json).join(', ')}]`,
          isTwice: values.some(({ isTwice }) => isTwice),
        })),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((members) => ({
          json: `{${members.map(([name, { json }]) => `${JSON.stringify(name)} :${json}`).join(',')} }`,
          isTwice:
            new Set(members.map(([name]) => name)).size < members.length || members.some(([, { isTwice }]) => isTwice),
        })),
      ),
    }));
    fc.assert(
      fc.property(value, ({ json, isTwice }) => {
        assert.equal(hasRepeatedKey(json), isTwice);
        assert.equal(isLoaded(json), !isTwice);
      }),
      { numRuns: 500, seed: 12 },
    );
  });
});

interface Written {
  readonly json: string;
  readonly isTwice: boolean;
}
