import { CopyStream } from '../copy/copy-stream.ts';
import type { Database } from '../database/connection.ts';
import type { KeptReject } from '../database/rejects.ts';
import { storableText } from '../database/storable-text.ts';
import { rejectsTable } from '../plan/ledger-statements.ts';

const COLUMNS = 'load_id, record, line, byte_offset, column_name, value, sqlstate, code, reason, raw';

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** By COPY: as parameters of an INSERT 100,000 rejects took the client three times as long, and as long as the load itself (bench/rejects.ts). */
export async function keepRejects(
  db: Database,
  ledgerSchema: string,
  loadId: string,
  rejects: readonly KeptReject[],
): Promise<void> {
  const storable = await storableText(db);
  const copy = new CopyStream(db, `COPY ${rejectsTable(ledgerSchema)} (${COLUMNS}) FROM STDIN WITH (ENCODING 'UTF8')`);
  try {
    await copy.write(Buffer.from(rejects.map((reject) => rowOf(loadId, reject, storable)).join('')));
    await copy.finish();
  } catch (error) {
    await copy.abort(error as Error);
    throw error;
  }
}

function rowOf(loadId: string, reject: KeptReject, storable: (text: string) => string): string {
  const { record, line, byteOffset, column, value, sqlState, code, reason, raw } = reject;
  const shown = value === undefined ? undefined : storable(value);
  const place = `${loadId}\t${record}\t${line}\t${byteOffset ?? '\\N'}\t${textOf(column)}\t${textOf(shown)}`;
  return `${place}\t${textOf(sqlState)}\t${textOf(code)}\t${textOf(storable(reason))}\t\\\\x${raw.toString('hex')}\n`;
}

function textOf(value: string | undefined): string {
  if (value === undefined) return '\\N';
  return /[\\\t\n\r]/.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPED[character] ?? '') : value;
}
