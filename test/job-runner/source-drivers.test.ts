import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** The packages of drivers that are loaded once this code has run, in a process of its own. */
function driversAfter(code: string): readonly string[] {
  const root = join(import.meta.dirname, '..', '..');
  const script = `${code}
    const paths = Object.keys((await import('node:module')).default._cache);
    console.log(JSON.stringify(['tedious', 'mysql2'].filter((name) => paths.some((path) => path.includes('node_modules/' + name + '/')))));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
  return JSON.parse(output) as string[];
}

describe('a runner', () => {
  it('loads no driver of a source database before a task names one, and none but that', () => {
    const folder = './job-runner';
    const runner = `await import('${folder}/run-tasks.ts'); await import('${folder}/catalogue/scan-database.ts'); await import('${folder}/dump/open-table.ts');`;
    assert.deepEqual(driversAfter(runner), []);
    const mssql = `${runner} await import('${folder}/dump/mssql-server/read-tables.ts'); await import('${folder}/dump/mssql-server/database-table.ts');`;
    assert.deepEqual(driversAfter(mssql), ['tedious']);
    const mysql = `${runner} await import('${folder}/dump/mysql-server/read-tables.ts'); await import('${folder}/dump/mysql-server/database-table.ts');`;
    assert.deepEqual(driversAfter(mysql), ['mysql2']);
  });
});
