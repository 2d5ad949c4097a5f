import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster, stopCluster, type Cluster } from './cluster.ts';
import { OWNER_FILE, ownerOf } from './owner.ts';
import { Processes } from './processes.ts';

/** The folder of the tests' cluster. Not that of `make cluster`, but there can only be one of both. */
export const TEST_FOLDER = '/var/lib/motherload-cluster-test';

/** A new cluster for the tests of one file. */
export async function startTestCluster(): Promise<Cluster> {
  await removeLeftovers();
  return await startCluster(TEST_FOLDER);
}

/** Takes it down, also where it did not come up; never that of another process. */
export async function stopTestCluster(): Promise<void> {
  if (ownerOf(TEST_FOLDER) === process.pid) await stopCluster(TEST_FOLDER);
}

/** Ends what tests that were killed have left: clusters, control planes and PostgreSQL servers. What a test is at work with stays. */
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

/** Those of this user alone: a record that somebody else wrote could name any process. */
function temporaryFolders(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith('motherload-'))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => existsSync(join(folder, OWNER_FILE)) && statSync(folder).uid === process.getuid?.());
}
