import type { CopyStatementFormat } from '../plan/statements.ts';
import type { TablePlan } from '../plan/table-plan.ts';
import { canBeBinary, readerColumns } from './reader-columns.ts';
import type { LeftOut } from './left-out.ts';
import { RowConverter } from './row-converter.ts';
import type { BufferSizes } from './row-memory.ts';

/** What each stream begins and ends with. */
export interface CopyFrame {
  readonly header: Buffer;
  readonly trailer: Buffer;
}

export const FRAMES: Readonly<Record<CopyStatementFormat, CopyFrame>> = {
  // The signature, no flags, no extension; and a tuple of -1 fields.
  binary: {
    header: Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1'),
    trailer: Buffer.from([0xff, 0xff]),
  },
  text: { header: Buffer.alloc(0), trailer: Buffer.alloc(0) },
};

/** The records of one DAT file on their way to COPY. */
export interface CopyInput {
  readonly converter: RowConverter;
  readonly frame: CopyFrame;
}

/**
 * The formats of COPY that can express the same data, the cheapest first. Measured on nine tables of 100 MB with every value quoted
 * (docs/benchmarks.md), the server takes 12.2 s of CPU for text and 7 for binary. Binary needs a spelling without doubt for each value, and
 * whether the values have one is known only while they are read.
 */
export function copyFormatsOf(plan: TablePlan): readonly [CopyStatementFormat, ...CopyStatementFormat[]] {
  return canBeBinary(readerColumns(plan), plan.format) ? ['binary', 'text'] : ['text'];
}

export function createCopyInput(
  plan: TablePlan,
  format: CopyStatementFormat,
  sizes: BufferSizes,
  leftOut?: LeftOut,
): CopyInput {
  const converter = new RowConverter(readerColumns(plan), plan.format, format === 'text', sizes, leftOut);
  return { converter, frame: FRAMES[format] };
}
