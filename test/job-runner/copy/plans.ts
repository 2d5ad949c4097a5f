import assert from 'node:assert/strict';
import { FORMAT_PRESETS } from '../../../crds/contract/format-presets.ts';
import { createCopyInput } from '../../../job-runner/copy/copy-input.ts';
import { RecordProblem } from '../../../job-runner/copy/record-problem.ts';
import type { CopyStatementFormat } from '../../../job-runner/plan/statements.ts';
import type { CopyFormat, PlannedColumn, TablePlan } from '../../../job-runner/plan/table-plan.ts';
import type { Field } from './reference-reader.ts';

/** How the reference dumps are written. */
export const REFERENCE: CopyFormat = {
  ...FORMAT_PRESETS.reference,
  ...{
    escape: '`',
    backslash: 'IsData',
    isPostgresql: false,
    dateOrder: undefined,
    zeroDates: 'Fail',
    decimalSeparator: undefined,
  },
};

/** A plan as far as the conversion reads it: columns by name, each a type or more of it. */
export function planOf(
  columns: Readonly<Record<string, string | (Partial<PlannedColumn> & { readonly type: string })>>,
  format = REFERENCE,
): TablePlan {
  const planned = Object.entries(columns).map(([name, column]) => ({
    name,
    origin: 'Header' as const,
    isLossy: false,
    ...(typeof column === 'string' ? { type: column } : column),
  }));
  const versionTable = { schema: 'public', name: 'v1_rides' };
  return {
    versionTable,
    columns: planned,
    copyColumns: Object.keys(columns),
    format,
    warnings: [],
    digest: '',
    ...UNRECORDED,
  };
}

/** What only the ledger needs. */
const UNRECORDED = { digested: { columns: [], others: [] }, dumpColumns: [] };

export function chunksOf(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunks.at(-1)?.length ?? 0)
    chunks.push(bytes.subarray(at, at + (lengths[chunks.length % lengths.length] ?? bytes.length)));
  return chunks;
}

/** All that goes to COPY, from chunks of these lengths. */
export function convertAll(
  plan: TablePlan,
  format: CopyStatementFormat,
  file: Buffer,
  lengths: readonly number[] = [1000],
): { bytes: Buffer; records: number; warnings: readonly string[] } {
  const chunkBytes = Math.max(4096, ...lengths);
  const { converter, frame } = createCopyInput(plan, format, { chunkBytes, outputSlots: 2 });
  try {
    const parts = [frame.header];
    for (const chunk of chunksOf(file, lengths)) parts.push(Buffer.from(converter.convert(chunk, parts.length % 2)));
    parts.push(Buffer.from(converter.end(0)), frame.trailer);
    return { bytes: Buffer.concat(parts), records: converter.records, warnings: converter.warnings };
  } finally {
    converter.release();
  }
}

/** The fields as COPY's text format has them, or undefined where the file is refused. */
export function fieldsOf(plan: TablePlan, file: Buffer, lengths: readonly number[]): Field[][] | undefined {
  try {
    const { bytes } = convertAll(plan, 'text', file, lengths);
    const lines = bytes.toString().split('\n').slice(0, -1);
    return lines.map((line) => line.split('\t').map((field) => (field === '\\N' ? null : unescape(field))));
  } catch (error) {
    assert.ok(error instanceof RecordProblem, String(error));
    return undefined;
  }
}

function unescape(field: string): string {
  return field.replace(/\\([^])/g, (_, code: string) => ({ n: '\n', r: '\r', t: '\t' })[code] ?? code);
}
