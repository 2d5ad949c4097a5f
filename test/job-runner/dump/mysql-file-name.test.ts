import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeMysqlFileName } from '../../../job-runner/dump/mysql-file-name.ts';

describe('decodeMysqlFileName', () => {
  // As MariaDB 10.11 names the files of such tables.
  const tables: Record<string, string> = {
    users: 'users',
    'order@002ditems': 'order-items',
    'a@0020b@002ec@0024d@0040e': 'a b.c$d@e',
    'gr@1i@1je': 'größe',
    '@1O@1L@1R': 'ÜÙŸ',
    '@G0@g0@L1': 'АаЩ',
    '@672c@5c4b': '本屋',
    '@0@@': '@0@@',
    'con@@@': 'con',
    '@a@@@A': 'ａⒶ',
  };
  for (const [file, table] of Object.entries(tables))
    it(`reads ${file} as ${table}`, () => assert.equal(decodeMysqlFileName(file, true), table));

  const others: Record<string, string> = {
    'letters that need no code': 'us@0065rs',
    'a code that is none': 'a@zzb',
    'an unfinished code': 'a@00',
    'another character that has a code': 'a-b@0020c',
    'a NUL character': 'users@0000',
    'half of a pair of surrogates': 'a@d83d',
    'capital hexadecimal digits': 'order@002Ditems',
  };
  for (const [title, name] of Object.entries(others))
    it(`leaves a name with ${title} as it is`, () => assert.equal(decodeMysqlFileName(name, true), name));

  it('takes no longer for a hostile name', () => {
    const start = performance.now();
    for (const part of ['@0aab', '@@@', '@00', 'a@1j']) decodeMysqlFileName(`${part.repeat(400)}-`, true);
    assert(performance.now() - start < 10_000);
  });
});
