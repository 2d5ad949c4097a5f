import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CATALOGUE_REASONS } from '../../../crds/contract/catalogue-reasons.ts';
import { ERROR_CODES, ERROR_SECTIONS } from '../../../crds/contract/error-codes.ts';
import { findSqlState } from '../../../crds/contract/error-codes/postgresql.ts';
import { DataError, ManifestError, toFailure, TransientError } from '../../../crds/contract/errors.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

describe('the list of error codes', () => {
  it('has each code once', () => {
    const codes = Object.values(ERROR_SECTIONS).flatMap((entries) => Object.keys(entries));
    assert.deepEqual(codes.toSorted(), Object.keys(ERROR_CODES).toSorted());
    for (const reason of Object.keys(CATALOGUE_REASONS)) assert(!(reason in ERROR_CODES), reason);
  });

  it('has no code that nothing uses', () => {
    const files = globSync('{bin,crds,job-runner,operator}/**/*.ts', { cwd: ROOT });
    const sources = files
      .filter((file) => !file.includes('error-codes'))
      .map((file) => readFileSync(join(ROOT, file), 'utf8'));
    const isUsed = (code: string) => sources.some((source) => source.includes(`'${code}'`));
    assert.deepEqual(
      [...Object.keys(ERROR_CODES), ...Object.keys(CATALOGUE_REASONS)].filter((code) => !isUsed(code)),
      [],
    );
  });

  it('has texts of sentences that end with a full stop', () => {
    for (const [code, { text }] of Object.entries(ERROR_CODES)) assert.match(text, /^[A-Z`].*[.)]$/, code);
  });
});

// `make lint` checks the types of these; each line below a `@ts-expect-error` must not compile.
describe('the constructors of errors', () => {
  it('take the codes of their kind', () => {
    assert.equal(new DataError('DumpEmpty', '').kind, ERROR_CODES.DumpEmpty.kind);
    assert.equal(new ManifestError('NoDumps', '').kind, ERROR_CODES.NoDumps.kind);
    assert.equal(new TransientError('VolumeBusy', '').kind, ERROR_CODES.VolumeBusy.kind);
  });

  it('take no code of another kind and none that is not listed', () => {
    // @ts-expect-error -- a code of the kind Manifest
    new DataError('NoDumps', '');
    // @ts-expect-error -- a code of the kind Transient
    new ManifestError('VolumeBusy', '');
    // @ts-expect-error -- a code of the kind Data
    new TransientError('DumpEmpty', '');
    // @ts-expect-error -- not in the list
    new DataError('NoSuchCode', '');
  });

  it('take SQLSTATEs, whose kind is decided for each error', () => {
    assert.equal(new TransientError('Sql23505', '').code, 'Sql23505');
  });

  it('keep code and cause where a location is added', () => {
    const cause = new Error('EIO');
    const error = new DataError('DumpUnreadable', 'it cannot be read', { line: 7 }, { cause }).at({ table: 'users' });
    assert(error instanceof DataError);
    assert.equal(error.cause, cause);
    assert.deepEqual(error.toFailure(), {
      kind: 'Data',
      code: 'DumpUnreadable',
      message: 'it cannot be read',
      table: 'users',
      line: 7,
    });
  });
});

describe('a SQLSTATE', () => {
  for (const [sqlState, kind] of [
    ['22P02', 'Data'],
    ['25006', 'Manifest'],
    ['25P03', 'Transient'],
    ['40P01', 'Transient'],
    ['42P01', 'Manifest'],
    ['', 'Manifest'],
  ] as const)
    it(`${sqlState === '' ? 'that is missing' : sqlState} is ${kind}`, () =>
      assert.equal(findSqlState(sqlState).kind, kind));
});

describe('a bug', () => {
  it('is Unexpected, whatever was thrown', () => {
    const failure = { kind: 'Transient', code: 'Unexpected', message: 'unexpected error, please report it: boom' };
    assert.deepEqual(toFailure(new TypeError('boom')), failure);
    assert.deepEqual(toFailure('boom'), failure);
  });
});
