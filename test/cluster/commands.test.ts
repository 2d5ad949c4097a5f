import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runDownload } from './commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-commands-'));
after(() => rmSync(folder, { recursive: true }));
const log = (name: string) => join(folder, name);
const tries = (name: string) => readFileSync(log(name), 'utf8').split('\n').length - 1;

const UNTRUSTED: Readonly<Record<string, string>> = {
  npm: 'npm error code DEPTH_ZERO_SELF_SIGNED_CERT',
  'npm, of a company': 'npm error code SELF_SIGNED_CERT_IN_CHAIN',
  go: 'Get "https://proxy.example/x": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  buildah: 'pinging container registry r.example: Get "https://r.example/v2/": x509: certificate has expired',
  apt: 'E: Failed to fetch https://d.example/InRelease  Certificate verification failed: The certificate is NOT trusted.',
};

describe('runDownload', () => {
  for (const [program, message] of Object.entries(UNTRUSTED)) {
    it(`tries once where a certificate is not trusted, as ${program} says it`, async () => {
      const command = ['sh', '-c', 'echo tried >> "$0"; echo "$1" >&2; exit 1', log(program), message];
      await assert.rejects(runDownload(command), ({ message: said }: Error) => said.endsWith(message));
      assert.equal(tries(program), 1);
    });
  }

  it('tries again after any other error', async () => {
    const command = ['sh', '-c', 'echo tried >> "$0"; test "$(wc -l < "$0")" -eq 2 && echo done', log('network')];
    assert.equal(await runDownload(command), 'done\n');
    assert.equal(tries('network'), 2);
  });
});
