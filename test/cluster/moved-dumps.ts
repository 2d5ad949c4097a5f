import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { offerDumps } from './dumps.ts';
import { offerDatabase } from './installation.ts';
import { makeEmptyTenant, SOME_ROWS } from './tenant.ts';

/** A run whose archive is another claim, at first without the right to write to either. */
export async function movesDumps(cluster: Cluster): Promise<void> {
  const [dumps, old] = [join(cluster.folder, 'dumps-to-move'), join(cluster.folder, 'archive')];
  cpSync(join(import.meta.dirname, '..', '..', 'examples', 'dumps', 'velo_v2.zip'), join(dumps, 'velo_v2.zip'));
  mkdirSync(old);
  const tenant = await makeEmptyTenant(cluster, 'archiving');
  await offerDumps(cluster, 'archiving', 'dumps', dumps);
  await offerDumps(cluster, 'archiving', 'old', old);
  await offerDatabase(cluster, 'archiving');
  const volume = { persistentVolumeClaim: { claimName: 'old' } };
  await tenant.ingest({ archive: { action: 'Move', name: '{version}/{file}', volume } });
  const refused = await tenant.ended();
  assert.equal(refused.failures?.[0]?.code, 'ArchiveNotWritable', JSON.stringify(refused));
  assert.match(refused.failures[0].message, /the runner's user \(65532\) may not write/);
  assert.deepEqual([readdirSync(dumps), await tenant.rows()], [['velo_v2.zip'], SOME_ROWS]);
  for (const folder of [dumps, old]) chmodSync(folder, 0o777);
  const { phase, archive } = await tenant.runsAgain({ trigger: 'with rights' });
  assert.deepEqual([phase, archive], ['Complete', { archived: 1, kept: 0 }]);
  assert.deepEqual([readdirSync(dumps), readdirSync(join(old, 'v2'))], [[], ['velo_v2.zip']]);
  assert.deepEqual(await tenant.rows(), SOME_ROWS);
}
