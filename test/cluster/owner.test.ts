import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { OWNER_FILE, ownerOf, takeOwnership } from './owner.ts';

const parent = mkdtempSync(join(tmpdir(), 'owner-'));
after(() => rmSync(parent, { recursive: true }));

describe('the owner of a folder', () => {
  it('is the process that takes it, also again', () => {
    const folder = join(parent, 'taken');
    takeOwnership(folder);
    takeOwnership(folder);
    assert.equal(ownerOf(folder), process.pid);
    assert.deepEqual(readdirSync(folder), [OWNER_FILE]);
  });

  it('is nobody if the folder is gone, as when a run that ends at the same time removes it', () => {
    assert.equal(ownerOf(join(parent, 'gone')), undefined);
  });

  it('is nobody if its process has ended, whose ID may have been reused', () => {
    const folder = mkdtempSync(join(parent, 'ended-'));
    const ended = spawnSync('true');
    for (const pid of [ended.pid, process.pid]) {
      writeFileSync(join(folder, OWNER_FILE), JSON.stringify({ pid, started: '1' }));
      assert.equal(ownerOf(folder), undefined);
    }
  });

  it('does not give it to another process while it is running', () => {
    const folder = join(parent, 'busy');
    takeOwnership(folder);
    const script = `import { takeOwnership } from ${JSON.stringify(join(import.meta.dirname, 'owner.ts'))}; takeOwnership(${JSON.stringify(folder)});`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`process ${process.pid} is using .*busy: wait until it has ended`));
  });
});
