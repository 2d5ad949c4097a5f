import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { motherload, temporaryFolder } from './cli.ts';
import { dumpsFolder, manifest, table } from './dumps.ts';

describe('motherload run --report', () => {
  it('writes a page on all runs, also if one fails', async () => {
    const database = await createTestDatabase();
    const first = await dumpsFolder({
      'crm_v1.zip': [table('good', ['id int'], [{ id: '1' }]), table('bad', ['id int'], [{ id: '<b>many</b>' }])],
    });
    const second = await dumpsFolder({ 'shop_v1.zip': [table('items', ['id int'], [{ id: '1' }])] });
    const page = join(temporaryFolder(), 'report.html');
    const { code, stderr } = await motherload(['run', '-f', '-', '--database', database.uri, '--report', page], {
      input: `${manifest(first)}---\n${manifest(second, '', 'second')}`,
    });
    assert.equal(code, 1, stderr);
    const text = readFileSync(page, 'utf8');
    assert.match(
      text,
      /<h1><bdi>test<\/bdi> <span class="badge failed">Failed<\/span><\/h1>[^]*<h1><bdi>second<\/bdi> <span class="badge complete">/,
    );
    assert.match(
      text,
      /<bdi class="name">v1_bad<\/bdi><\/td><td><code>Sql22P02<\/code><\/td><td>crm_v1\.zip:bad\.dat, table bad, line 2, /,
    );
    assert.match(text, /&lt;b&gt;many&lt;\/b&gt;/);
    assert.match(text, /<title>v1_good: Loaded\n/);
    assert.doesNotMatch(text, /<b>/);
  });

  it('refuses a file that cannot be written before anything is loaded', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'ingestion.yaml');
    writeFileSync(file, manifest(folder));
    for (const path of [join(folder, 'nowhere', 'report.html'), folder]) {
      const { code, stderr } = await motherload([
        'run',
        '-f',
        file,
        '--database',
        'postgresql://127.0.0.1:1/x',
        '--report',
        path,
      ]);
      assert.equal(code, 2);
      assert.match(stderr, /^error: .*: the report cannot be written \(.*\): choose another file\n$/);
    }
  });

  it('leaves no file behind if nothing was run', async () => {
    const folder = await dumpsFolder({ 'crm_v1.zip': [table('good', ['id int'], [])] });
    const page = join(folder, 'report.html');
    const { code } = await motherload(
      ['run', '-f', '-', '--database', 'postgresql://127.0.0.1:1/x', '--report', page],
      {
        input: manifest(folder),
      },
    );
    assert.equal(code, 1);
    assert(!existsSync(page));
  });
});
