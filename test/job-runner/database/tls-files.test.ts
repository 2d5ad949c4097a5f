import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Target } from '../../../crds/contract/task.ts';
import { withTlsFiles } from '../../../job-runner/database/tls-files.ts';
import { catalogueTask } from '../catalogue/tasks.ts';

const BASE = 'postgresql://u:p%3F@db:5432/x';
const CA = 'caSecretRef: { name: ca }';
const CLIENT = 'certificateSecretRef: { name: client }';
const tlsOf = (fields: string): Target['tls'] =>
  catalogueTask('/none', `target: { databaseSecretRef: { name: database }, tls: { ${fields} } }`).target.tls;
const added = (uri: string, fields: string) => withTlsFiles(uri, tlsOf(fields), '/database');

describe('the database URI with spec.target.tls', () => {
  it('is unchanged without it', () => {
    assert.equal(withTlsFiles(` ${BASE}\n`, undefined, '/database'), ` ${BASE}\n`);
  });

  it('checks certificate and name against the authority, from a Secret or a ConfigMap', () => {
    for (const fields of [CA, 'caConfigMapRef: { name: ca }'])
      assert.equal(added(`${BASE}\n`, fields), `${BASE}?sslrootcert=%2Fdatabase%2Fca.crt&sslmode=verify-full`);
  });

  it('presents the client certificate, and leaves the mode to the URI without an authority', () => {
    const client = 'sslcert=%2Fdatabase%2Ftls.crt&sslkey=%2Fdatabase%2Ftls.key';
    assert.equal(added(`${BASE}?sslmode=require`, CLIENT), `${BASE}?sslmode=require&${client}`);
    assert.equal(
      added(BASE, `${CA}, ${CLIENT}`),
      `${BASE}?sslrootcert=%2Fdatabase%2Fca.crt&${client}&sslmode=verify-full`,
    );
  });

  it('keeps a mode of the URI that checks the certificate', () => {
    for (const mode of ['require', 'verify-ca', 'verify-full'])
      assert.equal(
        added(`${BASE}?sslmode=${mode}`, CA),
        `${BASE}?sslmode=${mode}&sslrootcert=%2Fdatabase%2Fca.crt`,
        mode,
      );
  });

  it('counts an empty sslmode as none, as libpq does', () => {
    assert.match(added(`${BASE}?sslmode=`, CA), /&sslmode=verify-full$/);
  });

  it('is refused with a mode that does not check the certificate, however it is written', () => {
    for (const query of ['sslmode=disable', 'sslmode=allow', 'sslmode=prefer', 'sslmode=no-verify', 'ssl%6Dode=prefer'])
      assert.throws(() => added(`${BASE}?${query}`, CA), {
        kind: 'Manifest',
        code: 'DatabaseTls',
        message: /its sslmode does not check the certificate.*remove sslmode, or set verify-full$/,
      });
  });

  it('is refused if it names other files', () => {
    const both = `${CA}, ${CLIENT}`;
    for (const name of ['sslrootcert', 'sslcert', 'sslkey'])
      assert.throws(
        () => added(`${BASE}?${name}=/secret/path`, both),
        (error: Error) => {
          assert.match(
            error.message,
            new RegExp(`it has ${name}, which spec.target.tls sets; remove it from one of them`),
          );
          return !error.message.includes('/secret/path');
        },
      );
  });
});
