import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, stopCluster, type Cluster } from './cluster.ts';
import { OWNER_FILE, ownerOf } from './owner.ts';
import { Processes } from './processes.ts';

/** The folder of the tests' cluster, not that of `make cluster`; only one of the two can run at a time. */
export const TEST_FOLDER = '/var/lib/motherload-cluster-test';

/** A new cluster for the tests of one file. */
export async function startTestCluster(): Promise<Cluster> {
  await removeLeftovers();
  return await startCluster(TEST_FOLDER);
}

/** Stops it, also if it did not start completely, but never that of another process. */
export async function stopTestCluster(): Promise<void> {
  if (ownerOf(TEST_FOLDER) === process.pid) await stopCluster(TEST_FOLDER);
}

/** Stops the clusters, control planes and PostgreSQL servers that killed tests have left. What a running test uses is kept. */
export async function removeLeftovers(): Promise<void> {
  if (ownerOf(TEST_FOLDER) === undefined) await stopCluster(TEST_FOLDER);
  for (const folder of temporaryFolders()) {
    if (ownerOf(folder) !== undefined) continue;
    const processes = new Processes(folder);
    for (const name of processes.names())
      await processes.remove(name, name.startsWith('postgresql') ? 'SIGINT' : 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Only those of this user, since a record that somebody else wrote could name any process. */
function temporaryFolders(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith('motherload-'))
    .map((name) => join(tmpdir(), name))
    .filter(
      (folder) =>
        existsSync(join(folder, OWNER_FILE)) && statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.(),
    );
}
