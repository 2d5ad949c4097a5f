import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gpg } from '../gpg.ts';
import type { Cluster } from './cluster.ts';
import { offerDumps } from './dumps.ts';
import { offerDatabase } from './installation.ts';
import { makeEmptyTenant, SOME_ROWS } from './tenant.ts';

const gpg = await Gpg.create();

/** A run of a dump that gpg has encrypted, whose passphrase is wrong at first. */
export async function loadsEncryptedDumps(cluster: Cluster): Promise<void> {
  const folder = join(cluster.folder, 'encrypted-dumps');
  mkdirSync(folder);
  const key = gpg.createKey('cluster', { passphrase: 'right' });
  const dump = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'dumps', 'velo_v2.zip'));
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
  await new Promise((r) => setTimeout(r, 15000));
  const { phase, failures } = await tenant.runsAgain({ trigger: 'with the passphrase' });
  assert.deepEqual([phase, failures], ['Complete', undefined]);
  assert.deepEqual(await tenant.rows(), SOME_ROWS);
  // Decrypted once for the catalogue and by one Job for all tables.
  assert.deepEqual((await tenant.tasksOfJobs()).toSorted(), ['Catalogue', 'Catalogue', 'Finish', 'LoadBatch']);
}
