import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { motherload, startMotherload, temporaryFolder } from './cli.ts';

describe('motherload postgres', () => {
  it('keeps the embedded PostgreSQL running until Ctrl-C, for the other commands, with its data in the given folder', async () => {
    const parent = temporaryFolder();
    chmodSync(parent, 0o711); // Started by root, the server runs as another user.
    const folder = join(parent, 'postgresql');
    const { child, result } = startMotherload(['postgres', '--data-folder', folder]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    while (!output.includes('Ctrl-C') && child.exitCode === null && child.signalCode === null) await wait(50);
    const uri = /psql '(postgresql:.*)'/.exec(output)?.[1];
    const { code, stdout } = await motherload(['query', 'SELECT current_database() AS name', '--database', uri ?? '']);
    assert.deepEqual([code, stdout], [0, 'name\nmotherload\n']);
    child.kill('SIGINT');
    assert.equal((await result).code, 0);
    const status = await motherload(['status', '--data-folder', folder]);
    assert.deepEqual([status.code, status.stdout], [0, 'no version table is loaded\n']);
    assert.match(status.stderr, /^nothing has been loaded yet: .*\nembedded PostgreSQL, data in /);
    assert(status.stderr.endsWith(`, data in ${folder}\n`), status.stderr);
  });
});
