import { toFailure, type Failure } from '../../crds/contract/errors.ts';
import type { Format } from '../../crds/contract/format.ts';
import { createCopyInput } from '../copy/copy-input.ts';
import { RecordProblem } from '../copy/record-problem.ts';
import { cutHeader } from '../dump/cut-header.ts';
import { applyFormat } from '../dump/found-format.ts';
import { refuseNoRuler, withoutFooter } from '../dump/query-frame.ts';
import { utf16Order } from '../plan/encodings.ts';
import { parseHeader } from '../plan/header.ts';
import { planTable } from '../plan/plan-table.ts';
import type { TypeMap } from '../plan/type-map.ts';
import type { TableSample } from './find-format.ts';

export interface Trial {
  /** Records of the sample that were read. */
  readonly records: number;
  readonly failure?: Failure;
}

/** Reads a sample as a load would, without a database. A record that the sample cuts off does not count. */
export function tryFormat(
  { table, content: { text }, columns, found }: TableSample,
  proposed: Format,
  typeMap: TypeMap,
): Trial {
  let records = 0;
  try {
    const format = applyFormat(proposed, found);
    const { header, data } = divide(
      Buffer.from(format.frame === 'Sqlcmd' ? withoutFooter(text) : text, 'latin1'),
      format,
      table,
    );
    const encoding = utf16Order(format.encoding) === undefined ? format.encoding : 'UTF8';
    const plan = planTable({
      header: header === undefined ? undefined : parseHeader(header, format),
      ...{ schemaColumns: columns, mark: undefined, mother: undefined, typeMap },
      format: { ...format, encoding },
      versionTable: { schema: 'public', name: table },
      location: { table },
    });
    const { converter } = createCopyInput(plan, 'text', { chunkBytes: Math.max(data.length, 1), outputSlots: 1 });
    try {
      converter.convert(data, 0);
    } finally {
      records = converter.records;
      converter.release();
    }
    return { records };
  } catch (error) {
    const shown = error instanceof RecordProblem ? error.toDataError({ table, line: error.record + 1 }) : error;
    return { records, failure: toFailure(shown) };
  }
}

function divide(
  text: Buffer,
  { header, recordTerminator, frame, delimiter }: Format,
  table: string,
): { header?: string; data: Buffer } {
  if (!header) return { data: text };
  const cut = cutHeader(text, Buffer.from(recordTerminator || '\n'), frame === 'Sqlcmd');
  if (frame === 'Sqlcmd' && cut !== undefined) refuseNoRuler(cut.header, cut.ruler, delimiter, { table });
  return { header: (cut?.header ?? text).toString('utf8'), data: cut?.data ?? Buffer.alloc(0) };
}
