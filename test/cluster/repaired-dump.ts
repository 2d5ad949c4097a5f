import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipDump } from '../../examples/generator/dump.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './commands.ts';
import { offerDumps } from './dumps.ts';
import { offerDatabase } from './installation.ts';
import { conditionOf, makeEmptyTenant, rowsOf } from './tenant.ts';

/** A run with a table that cannot be loaded at first, which is then repaired and triggered again. */
export async function repairsDump(cluster: Cluster): Promise<void> {
  const folder = join(cluster.folder, 'bad-dumps');
  cpSync(join(import.meta.dirname, '..', '..', 'examples', 'dumps', 'velo_v1.zip'), join(folder, 'velo_v1.zip'));
  const columns = [{ name: 'member_id', type: 'varchar' }];
  const write = async (...ids: string[]) => {
    const rows = ids.map((id) => ({ member_id: id }));
    const dump = { file: 'velo_v9.zip', tables: [{ name: 'members', columns, rows }] };
    writeFileSync(join(folder, dump.file), await zipDump(dump));
  };
  await write('1', 'one');
  const tenant = await makeEmptyTenant(cluster, 'failing');
  await offerDumps(cluster, 'failing', 'dumps', folder);
  await offerDatabase(cluster, 'failing');
  await tenant.ingest({ source: { include: ['*.zip'] }, loading: { tablesPerJob: 'Auto' } });
  const status = await tenant.ended();
  assert.equal(status.phase, 'Failed');
  const [failure] = status.failures ?? [];
  assert.deepEqual([failure?.kind, failure?.table, failure?.line, status.failures?.length], ['Data', 'members', 3, 1]);
  const failed = (await tenant.tables()).filter((table) => table.status.phase === 'Failed');
  assert.deepEqual(
    failed.map(({ spec, status: { attempts } }) => [spec.versionTable, attempts]),
    [['v9_members', 1]],
  );
  assert.equal(new Set((await tenant.tables()).map((table) => table.status.jobName)).size, 1);
  assert.deepEqual((await tenant.tasksOfJobs()).toSorted(), ['Catalogue', 'Finish', 'LoadBatch']);
  assert.deepEqual(await tenant.rows(), rowsOf('v1'));
  await tenant.hasEvent(/TableFailed +tableingestion.*members/);

  // The dump is repaired, and spec.trigger runs the failed table again, in place.
  await write('1', '2', '3');
  const second = await tenant.runsAgain({ trigger: 'repaired' });
  const rows = { ...rowsOf('v1'), v9_members: 3 };
  const sum = Object.values(rows).reduce((one, other) => one + other, 0);
  const count = Object.keys(rows).length;
  assert.deepEqual(
    [second.phase, second.tables?.summary, second.rows, second.failures, second.run?.trigger],
    ['Complete', `${count}/${count}`, sum, undefined, 'repaired'],
  );
  assert.deepEqual(
    second.runs?.map(({ number, phase, failed }) => [number, phase, failed]),
    [[1, 'Failed', 1]],
  );
  assert.equal(conditionOf(second, 'Ready')?.status, 'True');
  assert.equal((await tenant.tables()).length, count);
  assert.deepEqual(
    (await tenant.tables()).filter(({ spec }) => spec.run === 2).map(({ spec }) => spec.versionTable),
    ['v9_members'],
  );
  assert.deepEqual(await tenant.rows(), rows);

  // All of them: each is asked about again, and none is loaded twice.
  await tenant.kubectl('patch', 'di', 'quickstart', '--type=merge', '-p', '{"spec":{"retryPolicy":"All"}}');
  const third = await tenant.runsAgain({ trigger: 'all of them' });
  assert.deepEqual(
    [third.phase, third.tables?.alreadyLoaded, third.rows, third.runs?.length],
    ['Complete', count, 0, 2],
  );
  await eventually('the deletion of the tables of earlier runs', 120, async () => {
    assert((await tenant.tables()).every(({ spec }) => spec.run === 3));
  });
  assert.deepEqual(await tenant.rows(), rows);
}
