import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DataError, ManifestError } from '../../../crds/contract/errors.ts';
import { columnOfContext, readCopyContext } from '../../../job-runner/database/copy-context.ts';
import { toMotherloadError } from '../../../job-runner/database/database-errors.ts';

const TABLE = 'staging_0123456789abcdef';

/** PostgreSQL's own translations, from postgres-15.mo: of a line alone, of a value, of a value of a column, and of a NULL. */
const LANGUAGES: Readonly<Record<string, readonly [line: string, value: string, column: string, empty: string]>> = {
  English: [
    'COPY %s, line %d',
    'COPY %s, line %d: "%v"',
    'COPY %s, line %d, column %c: "%v"',
    'COPY %s, line %d, column %c: null input',
  ],
  German: [
    'COPY %s, Zeile %d',
    'COPY %s, Zeile %d: »%v«',
    'COPY %s, Zeile %d, Spalte %c: »%v«',
    'COPY %s, Zeile %d, Spalte %c: NULL Eingabe',
  ],
  French: [
    'COPY %s, ligne %d',
    'COPY %s, ligne %d : « %v »',
    'COPY %s, ligne %d, colonne %c : « %v »',
    'COPY %s, ligne %d, colonne %c : NULL en entrée',
  ],
  Russian: [
    'COPY %s, строка %d',
    'COPY %s, строка %d: "%v"',
    'COPY %s, строка %d, столбец %c: "%v"',
    'COPY %s, строка %d, столбец %c: значение NULL',
  ],
  Chinese: ['COPY %s, 行 %d', 'COPY %s, 行 %d: "%v"', 'COPY %s, 行 %d, 列 %c: "%v"', 'COPY %s, 行 %d, 列 %c: 空的输入'],
  Japanese: [
    '%sのCOPY、行 %d',
    '%sのCOPY、行 %d: "%v"',
    '%sのCOPY、行 %d、列 %c: "%v"',
    '%sのCOPY、行 %d、列 %c: null が入力されました',
  ],
  Korean: [
    '%s 복사, %d번째 줄',
    '%s 복사, %d번째 줄: "%v"',
    '%s 복사, %d번째 줄, %c 열: "%v"',
    'COPY %s, %d행, %c 열: null 입력',
  ],
};

function fill(template: string, value: string, column: string): string {
  const parts: Readonly<Record<string, string>> = { s: TABLE, d: '1207', v: value, c: column };
  return template.replaceAll(/%([sdvc])/g, (_, name: string) => parts[name] ?? '');
}

/** Where the context says it is, for a table with these columns. */
function locationOf(where: string, columns: readonly string[]): [line: number | undefined, column: string | undefined] {
  const context = readCopyContext(where);
  return [context?.line, context && columnOfContext(context, columns)];
}

suite('the COPY context of an error', () => {
  for (const [language, [line, value, column, empty]] of Object.entries(LANGUAGES)) {
    test(`is understood in ${language}`, () => {
      const names = ['id', 'price', 'price: net', 'unit price', '列'];
      for (const hostile of [
        'x',
        '7, column id: 8',
        '", Spalte id: »',
        `COPY ${TABLE}, line 9, column id: y`,
        'two\nlines: 3',
      ]) {
        assert.deepEqual(locationOf(fill(line, hostile, ''), names), [1207, undefined]);
        assert.deepEqual(locationOf(fill(value, hostile, ''), names), [1207, undefined]);
        for (const name of names) {
          assert.deepEqual(locationOf(fill(column, hostile, name), names), [1207, name]);
          assert.deepEqual(locationOf(fill(empty, hostile, name), names), [1207, name]);
        }
      }
    });
  }

  test('is the last line of the context if a function was called', () => {
    assert.deepEqual(locationOf(`SQL function "check_7" statement 1\nCOPY ${TABLE}, line 3, column id: "x"`, ['id']), [
      3,
      'id',
    ]);
  });

  test('is that of a table with another name, where it is given', () => {
    const where = 'COPY v1 (a+b).*, line 12, column id: "x"';
    assert.equal(readCopyContext(where), undefined);
    assert.equal(readCopyContext(where, 'v1 (a+b).*')?.line, 12);
    assert.equal(readCopyContext(where, 'v1 (a+b)..'), undefined);
  });

  test('is undefined if there is none', () => {
    for (const where of [
      undefined,
      '',
      `COPY ${TABLE}`,
      'SQL function "f" statement 1',
      `COPY ${TABLE}\nother line 7`,
    ]) {
      assert.equal(readCopyContext(where), undefined);
    }
  });

  test('distinguishes a value that COPY rejects from an option that it does not know, in every language', () => {
    const error = (where?: string) =>
      Object.assign(new Error('x'), { severity: 'FEHLER', code: '22023', ...(where && { where }) });
    for (const [, , column] of Object.values(LANGUAGES)) {
      assert(toMotherloadError(error(fill(column, 'Nowhere/Land', 'at')), {}) instanceof DataError);
    }
    assert(toMotherloadError(error(), {}) instanceof ManifestError);
  });
});
