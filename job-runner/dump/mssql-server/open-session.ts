import type { SourceDatabase } from '../../../crds/contract/task.ts';
import { SOURCE_FILES } from '../../../crds/contract/task.ts';
import { readAuthority, readSecretFile } from '../remote/secret-files.ts';
import { parseAddress } from './address.ts';
import { Session } from './session.ts';

/** A connection to the source database, by the Secret as it is now. */
export async function openSession({ caSecretRef, secretsFolder = '' }: SourceDatabase): Promise<Session> {
  const uri = await readSecretFile(secretsFolder, SOURCE_FILES.connection, 'connectionSecretRef');
  const authority = caSecretRef === undefined ? undefined : await readAuthority(secretsFolder);
  return await Session.open({ address: parseAddress(uri, authority !== undefined), authority });
}
