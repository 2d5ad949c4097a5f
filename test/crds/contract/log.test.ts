import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const LOG = join(import.meta.dirname, '..', '..', '..', 'crds', 'contract', 'log.ts');

/** What a process writes that does this with a log and then exits. */
function written(statements: string): { stdout: string; stderr: string } {
  const program = `import { createLog } from ${JSON.stringify(LOG)}; ${statements}; process.exit();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return { stdout, stderr };
}

const fieldsOf = (line: string) => {
  const { time, ...fields } = JSON.parse(line) as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return fields;
};

describe('the log', () => {
  it('has a line of JSON for each message, with its time and the fields of its context', () => {
    const { stdout } = written(
      `const log = createLog({ task: 'Load' }).child({ table: 'users' }); log.info('one', { rows: 2n ** 60n }); log.warn('two')`,
    );
    const context = { task: 'Load', table: 'users' };
    assert.deepEqual(stdout.trimEnd().split('\n').map(fieldsOf), [
      { level: 'info', message: 'one', ...context, rows: '1152921504606846976' },
      { level: 'warn', message: 'two', ...context },
    ]);
    assert.match(stdout, /^\{"time":"[^"]+","level":"info","message":"one",/);
  });

  it('keeps its message if there is a field of that name', () => {
    const { stdout } = written(`createLog().error('broken', { message: 'of the field', code: 'Bug' })`);
    assert.deepEqual(fieldsOf(stdout), { level: 'error', message: 'broken', code: 'Bug' });
  });

  it('goes to standard error where standard output is for people', () => {
    const { stdout, stderr } = written(`createLog({}, 'stderr').info('here')`);
    assert.deepEqual([stdout, fieldsOf(stderr)], ['', { level: 'info', message: 'here' }]);
  });

  it('has its last line when the process exits at once', () => {
    const { stdout } = written(`createLog().info('x'.repeat(50_000))`);
    assert.equal(fieldsOf(stdout)['message'], 'x'.repeat(50_000));
  });
});
