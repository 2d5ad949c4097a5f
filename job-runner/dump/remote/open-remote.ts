import type { RemoteDumps } from '../../../crds/contract/task.ts';
import type { DumpSource } from '../dump-source.ts';
import { bucketSource } from './s3/bucket-source.ts';
import { webSource } from './https/web-source.ts';

/** The last one: the tables of a task, and the tasks of a runner, share its connections and credentials. */
let last: { readonly key: string; readonly source: Promise<DumpSource> } | undefined;

export async function openRemote(remote: RemoteDumps): Promise<DumpSource> {
  const key = JSON.stringify(remote);
  if (last?.key === key) return await last.source;
  const source = createSource(remote);
  last = { key, source };
  try {
    return await source;
  } catch (error) {
    // A Secret that was not there may be by the next attempt.
    last = undefined;
    throw error;
  }
}

async function createSource(remote: RemoteDumps): Promise<DumpSource> {
  return remote.s3 === undefined ? await webSource(remote) : await bucketSource(remote.s3, remote.secretsFolder);
}
