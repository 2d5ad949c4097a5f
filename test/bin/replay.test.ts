import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { writeDump } from '../end-to-end/dumps.ts';
import { manifestText } from '../manifest.ts';
import { motherload, temporaryFolder } from './cli.ts';

const TEXT = [
  'ride_id|day|rider',
  '1|2020-01-02|one',
  '2|03/04/2020|`two\nlines`',
  '3|31/12/2019|three',
  '4|05/06/2020|NULL',
  'x|07/08/2020|five',
  '',
].join('\n');

describe('motherload replay', async () => {
  const folder = temporaryFolder();
  const database = await createTestDatabase();
  await database.query('CREATE TABLE rides (ride_id integer, day date)');
  const manifest = join(folder, 'ingestion.yaml');
  const columns = { ride_id: 'int', day: 'date', rider: 'varchar' };
  const write = (text: string) =>
    writeDump(join(folder, 'dumps'), 'crm_v1.zip', { rides: { columns, rows: [], text } });
  await write(TEXT);
  const motherloadWith = async (command: string, spec: string) => {
    writeFileSync(manifest, manifestText(spec));
    return await motherload([command, '-f', manifest, '--dumps', join(folder, 'dumps'), '--database', database.uri]);
  };
  const rows = () => database.query('SELECT ride_id, day::text, rider FROM v1_rides ORDER BY ride_id');
  const kept = () => database.query('SELECT line::int, code FROM motherload.rejects ORDER BY line');
  const counts = () => database.query('SELECT rows::int, rejects::int FROM motherload.loads');
  const LIMIT = 'rejects: { limit: 5 }';

  it('says so where there are no rejects', async () => {
    const { code, stdout } = await motherloadWith('replay', LIMIT);
    assert.deepEqual([code, stdout], [0, 'no table of these dumps has rejects, or was loaded by another manifest\n']);
  });

  it('loads the rejects that another format can read, and keeps the others with their new reason', async () => {
    assert.equal((await motherloadWith('run', LIMIT)).code, 0);
    assert.deepEqual(await rows(), [
      { ride_id: 1, day: '2020-01-02', rider: 'one' },
      { ride_id: 3, day: '2019-12-31', rider: 'three' },
    ]);
    assert.deepEqual(await counts(), [{ rows: 2, rejects: 3 }]);
    await database.query('CREATE UNIQUE INDEX ON v1_rides (ride_id)');
    const { code, stdout, stderr } = await motherloadWith('replay', `${LIMIT}\nformat: { dateOrder: DMY }`);
    assert.deepEqual([code, stdout], [1, 'public.v1_rides: 2 rejects are loaded now, 1 are left\n'], stderr);
    assert.deepEqual(await rows(), [
      { ride_id: 1, day: '2020-01-02', rider: 'one' },
      { ride_id: 2, day: '2020-04-03', rider: 'two\nlines' },
      { ride_id: 3, day: '2019-12-31', rider: 'three' },
      { ride_id: 4, day: '2020-06-05', rider: null },
    ]);
    assert.deepEqual(await kept(), [{ line: 7, code: 'Sql22P02' }]);
    assert.deepEqual(await counts(), [{ rows: 4, rejects: 1 }]);
    const again = await motherloadWith('replay', `${LIMIT}\nformat: { dateOrder: DMY }`);
    assert.deepEqual([again.code, again.stdout], [1, 'public.v1_rides: 0 rejects are loaded now, 1 are left\n']);
    assert.equal((await rows()).length, 4);
  });

  it('refuses a manifest by which the table has other columns, and changes nothing', async () => {
    await database.query('ALTER TABLE v1_rides ALTER COLUMN rider TYPE varchar(99)');
    const other = await motherloadWith('replay', LIMIT);
    assert.equal(other.code, 2);
    assert.match(
      other.stderr,
      /v1_rides has the column rider as character varying\(99\), and by this manifest it is text: load the dump again/,
    );
    assert.deepEqual(await counts(), [{ rows: 4, rejects: 1 }]);
  });

  it('refuses a dump that has other content by now', async () => {
    await write(TEXT.replace('one', 'eno'));
    const { code, stderr } = await motherloadWith('replay', LIMIT);
    assert.equal(code, 2);
    assert.match(stderr, /v1_rides was loaded from other content than this dump has/);
  });
});
