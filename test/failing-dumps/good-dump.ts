import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

export const USERS_SCHEMA =
  '[\n  {"column_name": "user_id", "column_type": "int"},\n  {"column_name": "email", "column_type": "varchar"},\n]\n';
export const USERS_DAT = 'email|user_id\n`ada@example.org`|`1`\n`grace@example.org`|`2`\nNULL|`3`\n';

/** A ZIP as a usual tool writes it. */
export async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, { mode: 0o100644 });
  zip.end();
  return await buffer(zip.outputStream);
}

/** A dump of the table `users` with three rows. */
export async function goodDump(): Promise<Buffer> {
  return await zipOf({ 'users.json': USERS_SCHEMA, 'users.dat': USERS_DAT });
}
