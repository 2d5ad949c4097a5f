import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ROOT, temporaryFolder } from '../bin/cli.ts';
import { createTestDatabase } from '../database.ts';

/** A checkout whose compiled programs say on standard error that they are these. */
function compiledCheckout(): string {
  const folder = temporaryFolder();
  for (const name of ['bin', 'compile', 'crds', 'job-runner', 'operator'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  for (const name of ['package.json', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name));
  assert.deepEqual(run(folder, 'compile/main.js'), { status: 0, stdout: '', stderr: '' });
  for (const program of ['bin/motherload', 'bin/kubectl-motherload', 'job-runner/main']) {
    const file = join(folder, 'compiled', `${program}.js`);
    writeFileSync(file, `console.error('compiled');\n${readFileSync(file, 'utf8')}`);
  }
  return folder;
}

function run(folder: string, ...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('compiled programs', () => {
  const checkout = compiledCheckout();
  const quickstart = ['-f', join(ROOT, 'examples', 'quickstart.yaml')];
  const validate = () => run(checkout, 'bin/motherload.js', 'validate', ...quickstart);
  const valid = { status: 0, stdout: 'dumpingestion/quickstart is valid\n' };

  it('are what the commands run', () => {
    assert.deepEqual(validate(), { ...valid, stderr: 'compiled\n' });
    assert.equal(run(checkout, 'bin/kubectl-motherload.js', '--version').stderr, 'compiled\n');
  });

  it('start a compiled runner, and load what the sources load', async () => {
    const database = await createTestDatabase();
    const options = ['--dumps', join(ROOT, 'examples', 'dumps'), '--database', database.uri];
    const { stdout, stderr } = run(checkout, 'bin/motherload.js', 'run', ...quickstart, ...options, '--verbose');
    assert.match(stdout, /quickstart complete: tables: 20 loaded; 78,494 rows/);
    assert.match(stderr, /"message":"compiled"/);
  });

  it('are left alone once a source has changed, if only its time', () => {
    utimesSync(join(checkout, 'job-runner', 'plan', 'sql.ts'), new Date(), new Date());
    assert.deepEqual(validate(), { ...valid, stderr: '' });
  });
});
