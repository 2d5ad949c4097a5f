import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openArchive, type Archive, type ArchiveEntry } from '../../../job-runner/dump/archive.ts';
import { catalogueTask, temporaryFolder } from '../catalogue/tasks.ts';

const { limits } = catalogueTask('/');

/** What opens bytes, or a file, as the dump `crm_v1.zip`, and closes it again. */
export function archiveOpener(): <Result>(
  zip: Buffer | string,
  use: (archive: Archive) => Promise<Result>,
) => Promise<Result> {
  const folder = temporaryFolder();
  let number = 0;
  return async (zip, use) => {
    const file = typeof zip === 'string' ? zip : join(folder, `${++number}.zip`);
    if (typeof zip !== 'string') writeFileSync(file, zip);
    const archive = await openArchive(file, limits, 'crm_v1.zip');
    try {
      return await use(archive);
    } finally {
      await archive.close();
    }
  };
}

/** The content of every entry, by name. */
export async function contentsOf(archive: Archive): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const entry of archive.entries) contents[entry.name] = (await readWhole(archive, entry)).toString();
  return contents;
}

export async function readWhole(archive: Archive, entry: ArchiveEntry): Promise<Buffer> {
  const chunks = [];
  for await (const chunk of await archive.openRaw(entry)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
