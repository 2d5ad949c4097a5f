import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runnerEnvironment } from '../../../operator/local/runner-environment.ts';
import { entry } from '../fixtures.ts';
import { scene } from './scene.ts';

describe('runnerEnvironment', () => {
  it('passes a runner only the environment that it needs, and never the URI on the command line', async () => {
    process.env['SECRET_OF_THE_USER'] = 'x';
    process.env['PGAPPNAME'] = 'x';
    const { run, journal } = scene([entry('environment')]);
    await run();
    delete process.env['SECRET_OF_THE_USER'];
    delete process.env['PGAPPNAME'];
    const line = journal().find((one) => one.startsWith('environment ') && one.includes('MOTHERLOAD_TASK')) ?? '';
    assert.match(line, /MOTHERLOAD_DATABASE_URI/);
    assert.doesNotMatch(line, /SECRET_OF_THE_USER|PGAPPNAME|NODE_TEST_CONTEXT|postgresql:/);
  });

  it('passes on MOTHERLOAD_UNPACKER', () => {
    const environment = runnerEnvironment(
      { MOTHERLOAD_UNPACKER: 'zlib', MOTHERLOAD_OTHER: 'x' },
      'postgresql://a/b',
      true,
    );
    assert.equal(environment['MOTHERLOAD_UNPACKER'], 'zlib');
    assert.equal('MOTHERLOAD_OTHER' in environment, false);
  });

  it('passes on the compile cache, and whether to write a log', async () => {
    const environmentOf = async (captureLog: boolean) => {
      const { run, journal } = scene([entry('environment')]);
      await run({}, { captureLog });
      return journal().find((line) => line.includes('MOTHERLOAD_TASK')) ?? '';
    };
    assert.doesNotMatch(await environmentOf(true), /NODE_COMPILE_CACHE|MOTHERLOAD_LOG/);
    assert.match(await environmentOf(false), /MOTHERLOAD_LOG/);
    // In a process of its own: Node writes the cache when the process ends, after all that could remove its folder.
    const compiled = join(scene([]).folder, 'compiled');
    const program = `
      import { enableCompileCache } from 'node:module';
      import { runnerEnvironment } from ${JSON.stringify(new URL('../../../operator/local/runner-environment.ts', import.meta.url).href)};
      enableCompileCache(${JSON.stringify(compiled)});
      process.stdout.write(JSON.stringify(runnerEnvironment({}, 'postgresql://nowhere/none', false)));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    assert.equal((JSON.parse(stdout) as NodeJS.ProcessEnv)['NODE_COMPILE_CACHE'], compiled);
  });
});
