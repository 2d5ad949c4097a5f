import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openArchive } from '../../job-runner/dump/archive.ts';
import { rawZip, type RawEntry } from '../failing-dumps/raw-zip.ts';
import { Gpg } from '../gpg.ts';
import { aesEntry } from '../job-runner/dump/encrypted/aes-writer.ts';
import type { Cluster } from './cluster.ts';
import { offerDumps } from './dumps.ts';
import { offerDatabase } from './installation.ts';
import { makeEmptyTenant, SOME_ROWS } from './tenant.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'dumps', 'velo_v2.zip');
const gpg = await Gpg.create();

/** A run of a dump that gpg has encrypted, whose passphrase is wrong at first. */
export async function loadsEncryptedDumps(cluster: Cluster): Promise<void> {
  const folder = join(cluster.folder, 'encrypted-dumps');
  mkdirSync(folder);
  const key = gpg.createKey('cluster', { passphrase: 'right' });
  const dump = readFileSync(EXAMPLE);
  writeFileSync(join(folder, 'velo_v2.zip.gpg'), gpg.encrypt(dump, key));
  const tenant = await makeEmptyTenant(cluster, 'encrypted');
  await offerDumps(cluster, 'encrypted', 'dumps', folder);
  await offerDatabase(cluster, 'encrypted');
  const offerKey = async (passphrase: string) => {
    await tenant.apply('Secret', 'dumps-key', {
      stringData: { 'gpg-key': readFileSync(key.file, 'utf8'), passphrase },
    });
  };
  await offerKey('wrong');
  const gpgKeys = { keySecretRef: { name: 'dumps-key' }, passphraseSecretRef: { name: 'dumps-key' } };
  await tenant.ingest({ source: { include: ['*.zip.gpg'], decryption: { gpg: gpgKeys } } });
  const refused = await tenant.ended();
  assert.equal(refused.failures?.[0]?.code, 'DecryptionPassphrase', JSON.stringify(refused));
  assert.deepEqual(await tenant.rows(), {});
  await offerKey('right');
  // The kubelet may give the next pod what it knew of the Secret before.
  let runs = 2;
  let status = await tenant.runsAgain({ trigger: 'with the passphrase' });
  for (; status.failures?.[0]?.code === 'DecryptionPassphrase' && runs < 10; runs++)
    status = await tenant.runsAgain({ trigger: `with the passphrase ${runs}` });
  assert.deepEqual([status.phase, status.failures], ['Complete', undefined]);
  assert.deepEqual(await tenant.rows(), SOME_ROWS);
  // Decrypted once for each catalogue and by one Job for all tables.
  const tasks = [...Array.from({ length: runs }, () => 'Catalogue'), 'Finish', 'LoadBatch'];
  assert.deepEqual((await tenant.tasksOfJobs()).toSorted(), tasks);
}

/** A run of a dump whose ZIP has a password. */
export async function loadsDumpsWithPassword(cluster: Cluster): Promise<void> {
  const folder = join(cluster.folder, 'dumps-with-password');
  mkdirSync(folder);
  const plain = await openArchive(EXAMPLE, { maxEntryBytes: 1e9, maxCompressionRatio: 1000, maxTables: 100 });
  const entries: RawEntry[] = [];
  for (const entry of plain.entries) entries.push(aesEntry(entry.name, await plain.readSmall(entry, 1e8), 'right'));
  await plain.close();
  writeFileSync(join(folder, 'velo_v2.zip'), rawZip(entries));
  const tenant = await makeEmptyTenant(cluster, 'passwords');
  await offerDumps(cluster, 'passwords', 'dumps', folder);
  await offerDatabase(cluster, 'passwords');
  await tenant.apply('Secret', 'dumps-password', { stringData: { password: 'right\n' } });
  await tenant.ingest({ source: { decryption: { zip: { passwordSecretRef: { name: 'dumps-password' } } } } });
  const { phase, failures } = await tenant.ended();
  assert.deepEqual([phase, failures], ['Complete', undefined]);
  assert.deepEqual(await tenant.rows(), SOME_ROWS);
  for (const { spec } of await tenant.tables()) assert.match(spec.dat?.crc32 ?? '', /^[0-9a-f]{20}$/);
}
