import { createCopyInput } from '../copy/copy-input.ts';
import { NotForBinary } from '../copy/doubtful-values.ts';
import { RecordProblem } from '../copy/record-problem.ts';
import type { DataContent } from '../dump/table-data.ts';
import { CHUNK_BYTES } from '../dump/unpacker.ts';
import type { Checksum } from '../plan/checksum.ts';
import type { TableInspection } from './inspect-table.ts';
import type { Load } from './load.ts';
import { beginRowChecksum } from './load-checksum.ts';

/** What a dump's rows would be in a table, with what was read for them. */
export interface DumpChecksum extends Checksum {
  readonly content: DataContent;
}

/**
 * Reads the DAT file as a load does that copies it in binary, and sends nothing. Undefined where only PostgreSQL knows what a value is, or whether it
 * accepts it.
 */
export async function readDumpChecksum(
  { db, dat }: Load,
  { plan, copyFormats: [format] }: TableInspection,
): Promise<DumpChecksum | undefined> {
  const checksum = await beginRowChecksum(db, plan, format);
  if (checksum === undefined) return undefined;
  const { converter } = createCopyInput(plan, format, { chunkBytes: CHUNK_BYTES, outputSlots: 1 });
  try {
    for await (const chunk of dat.chunks(converter.endFile)) checksum.add(converter.convert(chunk, 0));
    checksum.add(converter.end(0));
    return { rows: converter.rows, sum: checksum.sum, content: dat.content() };
  } catch (error) {
    if (error instanceof NotForBinary || error instanceof RecordProblem) return undefined;
    throw error;
  } finally {
    converter.release();
    checksum.release();
  }
}
