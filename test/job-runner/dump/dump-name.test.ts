import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { failedRules } from '../../../crds/contract/cel-rules.ts';
import { openApiSchemaOf, readCustomResourceDefinition } from '../../../crds/contract/schema.ts';
import { compileNamePattern } from '../../../job-runner/dump/dump-name.ts';
import { fuzz } from '../../fuzz.ts';

const read = (pattern: string, name: string) => compileNamePattern(pattern)(name);
const isRefused = (pattern: string) => {
  try {
    compileNamePattern(pattern);
  } catch {
    return true;
  }
  return false;
};

describe('the pattern {app}_{version}.zip', () => {
  const cases: [string, { app: string; version: string } | undefined][] = [
    ['crm_v1.zip', { app: 'crm', version: 'v1' }],
    ['my_app_v1.zip', { app: 'my_app', version: 'v1' }],
    ['crm_v1.ZIP', { app: 'crm', version: 'v1' }],
    ['crm_2024.01.zip', { app: 'crm', version: '2024.01' }],
    ['crm__v1.zip', { app: 'crm_', version: 'v1' }],
    ['crm_v1_.zip', { app: 'crm', version: 'v1_' }],
    ['_v1.zip', undefined],
    ['crm_.zip', undefined],
    ['crm.zip', undefined],
    ['_.zip', undefined],
    ['.zip', undefined],
    ['crm_v1.zip.gpg', undefined],
    ['crm_v1.tar', undefined],
  ];
  for (const [name, expected] of cases) {
    it(`${expected === undefined ? 'does not match' : `finds ${expected.app} and ${expected.version} in`} ${name}`, () =>
      assert.deepEqual(read('{app}_{version}.zip', name), expected));
  }
});

describe('a name pattern', () => {
  it('may have no app', () => assert.deepEqual(read('dump-{version}.zip', 'dump-7.zip'), { version: '7' }));
  it('may have the version first, which then ends at the first separator', () =>
    assert.deepEqual(read('{version}_{app}.zip', 'v1_my_app.zip'), { app: 'my_app', version: 'v1' }));
  it('takes characters of regular expressions literally', () => {
    assert.deepEqual(read('a+({version}).zip', 'a+(1).zip'), { version: '1' });
    assert.equal(read('a.{version}.zip', 'ab1.zip'), undefined);
  });
  it('distinguishes upper and lower case except in the extension', () => {
    assert.equal(read('CRM_{version}.zip', 'crm_1.zip'), undefined);
    assert.equal(read('{app}_{version}-Full.zip', 'crm_1-full.zip'), undefined);
    assert.deepEqual(read('{app}_{version}-Full.zip', 'crm_1-Full.Zip'), { app: 'crm', version: '1' });
  });

  for (const [pattern, message] of [
    ['{app}.zip', /must contain \{version\} once/],
    ['{version}-{version}.zip', /must contain \{version\} once/],
    ['{app}{version}.zip', /text between/],
    ['{app}-{app}_{version}.zip', /\{app\} only once/],
    ['{app}/{version}.zip', /cannot contain a \//],
  ] as const) {
    it(`is refused as ${pattern}`, () =>
      assert.throws(() => compileNamePattern(pattern), { code: 'DumpNamePattern', message }));
  }

  it("is refused by the CRD's rules where the runner refuses it, and only there", () => {
    const { properties } = openApiSchemaOf(readCustomResourceDefinition('DumpIngestion'));
    const field = properties?.['spec']?.properties?.['format']?.properties?.['dumpName'];
    assert(field !== undefined);
    const pieces = fc.constantFrom('{app}', '{version}', '{app', 'version}', '{', '}', '/', '_', '{App}', '.zip');
    const patterns = fc.array(pieces, { minLength: 1, maxLength: 6 }).map((some) => some.join(''));
    fc.assert(
      fc.property(patterns, (pattern) => assert.equal(failedRules(field, pattern).length > 0, isRefused(pattern))),
      fuzz(7, 2000),
    );
  });

  it('finds again what a name was made of, if the version has no separator', () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.constantFrom('_', '-', '__', '.'), (app, version, separator) => {
        // A version that overlaps with the separator cannot be told from another version.
        fc.pre(
          !`${separator.slice(1)}${version}`.includes(separator) &&
            !`${app}${separator.slice(0, -1)}`.endsWith(separator),
        );
        assert.deepEqual(read(`{app}${separator}{version}.zip`, `${app}${separator}${version}.zip`), { app, version });
      }),
      fuzz(7, 500),
    );
  });

  it('takes no longer for a hostile name', () => {
    const start = performance.now();
    assert.equal(read('{app}_{version}_x.zip', `${'_'.repeat(1_000_000)}.zip`), undefined);
    assert(performance.now() - start < 10_000);
  });
});
