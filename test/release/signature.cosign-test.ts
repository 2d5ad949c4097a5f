import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sign } from '../../release/signature.ts';
import { buildProgram } from '../cluster/binaries.ts';
import { runCommand } from '../cluster/commands.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'motherload-signature-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The command of CONTRIBUTING.md for those who have the files and the public key, beside `sha256sum`. */
const [, verify = ''] = /^(cosign verify-blob .*)$/m.exec(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')) ?? [];
const run = (command: string) => runCommand(['bash', '-euo', 'pipefail', '-c', command], { folder });

describe('the signature of a release', () => {
  before(async () => {
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    symlinkSync(await buildProgram('cosign'), join(programs, 'cosign'));
    process.env['PATH'] = `${programs}${delimiter}${process.env['PATH'] ?? ''}`;
    // Nothing here needs a server, and a proxy that nobody is would show one that is asked.
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) process.env[name] = 'http://127.0.0.1:1';
    process.env['COSIGN_PASSWORD'] = 'correct horse';
    await run('cosign generate-key-pair');
    await run('echo one > file && sha256sum file > SHA256SUMS');
    assert.equal(await sign(folder, 'SHA256SUMS', 'cosign.key'), 'SHA256SUMS.sigstore.json');
  });

  it('is verified by the command of CONTRIBUTING.md, without a server', async () => {
    assert.match(verify, /--key cosign\.pub .*sha256sum --check SHA256SUMS$/);
    assert.match(await run(verify), /file: OK/);
  });

  it('is not that of another file, nor of another key, and a file that was changed is found', async () => {
    const sums = readFileSync(join(folder, 'SHA256SUMS'));
    writeFileSync(join(folder, 'file'), 'two\n');
    await assert.rejects(run(verify), /FAILED|did NOT match/);
    await run('sha256sum file > SHA256SUMS');
    await assert.rejects(run(verify), /invalid signature|verif/);
    writeFileSync(join(folder, 'SHA256SUMS'), sums);
    await run('mkdir other && cd other && cosign generate-key-pair && cp cosign.pub ..');
    await assert.rejects(run(verify), /invalid signature|verif/);
  });

  it('is not made with a wrong password', async () => {
    process.env['COSIGN_PASSWORD'] = 'wrong';
    await assert.rejects(sign(folder, 'SHA256SUMS', 'cosign.key'), /decrypt/);
  });
});
