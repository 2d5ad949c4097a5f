import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Instance, loadModule, type ExportKinds } from '../../../job-runner/webassembly/loader.ts';
import { InstancePool } from '../../../job-runner/webassembly/pool.ts';

interface Exports {
  begin(): void;
}
const KINDS: ExportKinds<Exports> = { begin: 'function' };

describe('loadModule', () => {
  it('refuses a module that lacks an export, or has one of another kind', () => {
    loadModule<Exports>('inflate.wasm', KINDS);
    const lacking: ExportKinds<Exports & { finish(): void }> = { ...KINDS, finish: 'function' };
    assert.throws(() => loadModule('inflate.wasm', lacking), /inflate\.wasm does not export a function named finish/);
    const other: ExportKinds<{ begin: WebAssembly.Global }> = { begin: 'global' };
    assert.throws(() => loadModule('inflate.wasm', other), /inflate\.wasm does not export a global named begin/);
  });
});

describe('Instance', () => {
  const instance = new Instance<Exports>(loadModule<Exports>('inflate.wasm', KINDS));

  it('grows its memory by whole pages, keeps what is in it, and never shrinks', () => {
    instance.grow(1000);
    assert.equal(instance.bytes.length, 65_536);
    instance.bytes.write('kept', 1000);
    instance.grow(65_537);
    assert.equal(instance.bytes.length, 2 * 65_536);
    assert.equal(instance.bytes.toString('latin1', 1000, 1004), 'kept');
    instance.grow(1);
    assert.equal(instance.bytes.length, 2 * 65_536);
  });

  it('refuses an output that ends before its start or behind its limit', () => {
    assert.equal(instance.output(16, 32, 32).length, 16);
    assert.equal(instance.output(16, 16, 32).length, 0);
    for (const end of [0, 15, 33, instance.bytes.length])
      assert.throws(() => instance.output(16, end, 32), /must lie between 16 and 32/);
  });
});

describe('InstancePool', () => {
  it('gives each instance to one user at a time, and a released one to the next user', () => {
    const pool = new InstancePool<Exports>('inflate.wasm', KINDS);
    const [first, second] = [pool.acquire(), pool.acquire()];
    assert.notEqual(first, second);
    pool.release(first);
    assert.equal(pool.acquire(), first);
    assert.notEqual(pool.acquire(), first);
  });

  it('refuses an instance that it has already', () => {
    const pool = new InstancePool<Exports>('inflate.wasm', KINDS);
    const instance = pool.acquire();
    pool.release(instance);
    assert.throws(() => pool.release(instance), /released twice/);
  });
});
