import { isEncrypted } from '../../crds/contract/encrypted-name.ts';
import { ManifestError } from '../../crds/contract/errors.ts';
import type { DumpsLocation, GpgDecryption } from '../../crds/contract/task.ts';
import type { DumpSource } from './dump-source.ts';
import { folderSource } from './folder-source.ts';
import { zipPasswordOf } from './zip-password.ts';

/** What reads from buckets and servers, or encrypted dumps, is loaded only where it is used, so that a runner for folders starts as fast as without it. */
export async function openSource(location: DumpsLocation): Promise<DumpSource> {
  const { gpg, zipPasswordFile } = location.decryption ?? {};
  const source = await openPlain(location);
  return { ...(await withMessages(source, gpg)), zipPassword: zipPasswordOf(zipPasswordFile) };
}

async function withMessages(source: DumpSource, gpg: GpgDecryption | undefined): Promise<DumpSource> {
  if (gpg === undefined) return withoutEncrypted(source);
  const { encryptedSource } = await import('./encrypted/encrypted-source.ts');
  return encryptedSource(source, gpg);
}

function withoutEncrypted(source: DumpSource): DumpSource {
  return {
    location: source.location,
    list: (globs) => source.list(globs),
    open: async (file, pinned) => {
      if (!isEncrypted(file)) return await source.open(file, pinned);
      const message = 'it is encrypted: set spec.source.decryption.gpg, or give --gpg-key';
      throw new ManifestError('DumpEncrypted', message, { file });
    },
  };
}

async function openPlain(location: DumpsLocation): Promise<DumpSource> {
  if (location.remote === undefined) return folderSource(location.dumpsFolder);
  const { openRemote } = await import('./remote/open-remote.ts');
  return await openRemote(location.remote);
}
