import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError } from '../../../../crds/contract/errors.ts';
import { parseShellTable, shellColumns } from '../../../../job-runner/dump/mysql/shell-table.ts';
import { fuzz } from '../../../fuzz.ts';

const location = { file: 'crm_v1.zip:crm@t.json' };
const OPTIONS = {
  ...{ schema: 'crm', table: 't', columns: ['id', 'B'], decodeColumns: { B: 'FROM_BASE64' } },
  ...{ defaultCharacterSet: 'utf8mb4', fieldsTerminatedBy: '\t', fieldsEnclosedBy: '', fieldsEscapedBy: '\\' },
  linesTerminatedBy: '\n',
};
const parse = (options: object) => parseShellTable(Buffer.from(JSON.stringify({ options })), location);

describe('parseShellTable', () => {
  it('reads columns, notations and the format', () => {
    const table = parse(OPTIONS);
    assert.deepEqual([table.name, table.columns, [...table.binary]], ['t', ['id', 'B'], [['b', 'Base64']]]);
    assert.deepEqual(table.format, {
      ...{ delimiter: '\t', recordTerminator: '\n', quote: '', escape: '\\', encoding: 'UTF8', header: false },
    });
  });

  const refused: Record<string, readonly [options: object, message: RegExp]> = {
    'without columns': [{ columns: undefined }, /no options with table and columns/],
    'with another escape': [{ fieldsEscapedBy: '' }, /fieldsEscapedBy is not a backslash/],
    'with an unknown decoding': [{ decodeColumns: { B: 'UNCOMPRESS' } }, /decodes a column by UNCOMPRESS/],
    'without a terminator': [{ fieldsTerminatedBy: '' }, /no terminators/],
  };
  for (const [title, [options, message]] of Object.entries(refused))
    it(`refuses one ${title}`, () =>
      assert.throws(() => parse({ ...OPTIONS, ...options }), { code: 'ShellTableUnreadable', message }));

  it('reads or refuses any JSON', () => {
    const changed = fc.tuple(fc.constantFrom(...Object.keys(OPTIONS)), fc.jsonValue());
    fc.assert(
      fc.property(changed, ([key, value]) => {
        try {
          shellColumns(parse({ ...OPTIONS, [key]: value }), [{ name: 'id', sourceType: 'int' }], location);
        } catch (error) {
          assert.ok(error instanceof DataError, String(error));
        }
      }),
      fuzz(14, 1000),
    );
  });
});
