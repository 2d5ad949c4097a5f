/**
 * `make bench-steps`: the CPU time of a runner's own steps for a data set of the benchmark, one by one, without a server: unpacking (compared
 * with Node's zlib) and the conversions to COPY's formats.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderTable } from '../bin/output/table.ts';
import { FORMAT_PRESETS } from '../crds/contract/format-presets.ts';
import { UNPACKER_VARIABLE } from '../crds/contract/task.ts';
import { createCopyInput } from '../job-runner/copy/copy-input.ts';
import { openArchive, type Archive, type ArchiveEntry } from '../job-runner/dump/archive.ts';
import { CHUNK_BYTES } from '../job-runner/dump/unpacker.ts';
import type { CopyStatementFormat } from '../job-runner/plan/statements.ts';
import type { CopyFormat, TablePlan } from '../job-runner/plan/table-plan.ts';
import { prepareDataSets, type Table as BenchTable } from './data.ts';
import { median } from './table.ts';

const ROUNDS = 3;
const LIMITS = { maxEntryBytes: 1e12, maxCompressionRatio: 1000, maxTables: 1000 };
const COMMON = { isPostgresql: false, dateOrder: undefined, decimalSeparator: undefined } as const;
const REFERENCE: CopyFormat = { ...FORMAT_PRESETS.reference, ...COMMON, escape: '`', backslash: 'IsData' };
const FORMATS: Readonly<Record<'large' | 'nine' | 'texts' | 'tab', CopyFormat>> = {
  large: REFERENCE,
  nine: REFERENCE,
  texts: { ...FORMAT_PRESETS.csv, ...COMMON, escape: '"', backslash: 'IsData' },
  tab: { ...FORMAT_PRESETS['mysql-outfile'], ...COMMON, escape: '\\', backslash: 'Escapes', encoding: 'UTF8' },
};

/** What only the ledger needs. */
const UNRECORDED = { digested: { columns: [], others: [] }, dumpColumns: [] };

/** What one step does with a table; it is given the table's unpacked bytes where it does not unpack. */
interface Step {
  readonly name: string;
  run(table: BenchTable, entry: OpenEntry, chunks: readonly Buffer[]): Promise<void> | void;
}

interface OpenEntry {
  readonly archive: Archive;
  readonly entry: ArchiveEntry;
}

const STEPS: readonly Step[] = [
  { name: "unpack, by Node's zlib, and CRC-32", run: (_table, entry) => unpack(entry, 'zlib') },
  { name: 'unpack, and CRC-32', run: (_table, entry) => unpack(entry, '') },
  { name: "records to COPY's text format", run: (table, _entry, chunks) => convert(table, 'text', chunks) },
  { name: "records to COPY's binary format", run: (table, _entry, chunks) => convert(table, 'binary', chunks) },
];

const { values } = parseArgs({
  options: { gigabytes: { type: 'string', default: '1' }, only: { type: 'string', default: 'nine' } },
});
const setName = (['large', 'nine', 'texts', 'tab'] as const).find((name) => name === values.only);
if (setName === undefined) throw new Error('--only must be large, nine, texts or tab');
const FORMAT = FORMATS[setName];
const data = join(import.meta.dirname, 'data');
const [set] = await prepareDataSets(data, Math.round(Number(values.gigabytes) * 1e9), [setName]);
const tables = set?.tables ?? [];
const seconds = STEPS.map((): number[] => []);
let bytes = 0;
for (let round = 0; round < ROUNDS; round++) {
  const sums = STEPS.map(() => 0);
  bytes = 0;
  for (const table of tables) {
    const archive = await openArchive(table.dump, LIMITS);
    const entry = archive.entries.find(({ name }) => name === `${table.name}.dat`);
    if (entry === undefined) throw new Error(`${table.dump} has no ${table.name}.dat`);
    bytes += entry.bytes;
    const chunks = [];
    for await (const chunk of await archive.openRaw(entry)) chunks.push(Buffer.from(chunk));
    for (const [index, step] of STEPS.entries()) {
      const before = process.cpuUsage();
      await step.run(table, { archive, entry }, chunks);
      const { user, system } = process.cpuUsage(before);
      sums[index] = (sums[index] ?? 0) + (user + system) / 1e6;
    }
    await archive.close();
  }
  for (const [index, sum] of sums.entries()) seconds[index]?.push(sum);
}
const result = renderTable(
  [{ title: '' }, { title: 'CPU s', align: 'right' }, { title: 'MB/s', align: 'right' }],
  STEPS.map(({ name }, index) => {
    const cpu = median(seconds[index] ?? []) ?? NaN;
    return [name, cpu.toFixed(2), (bytes / 1e6 / cpu).toFixed(0)];
  }),
);
console.log(`${set?.title ?? ''}, ${(bytes / 1e6).toFixed(0)} MB, medians of ${ROUNDS}\n${result}`);

async function unpack({ archive, entry }: OpenEntry, unpacker: '' | 'zlib'): Promise<void> {
  process.env[UNPACKER_VARIABLE] = unpacker;
  for await (const chunk of await archive.openRaw(entry)) if (chunk.length === 0) throw new Error('an empty chunk');
}

function convert(table: BenchTable, format: CopyStatementFormat, chunks: readonly Buffer[]): void {
  const columns = table.columns.map(({ name, type }) => ({ name, type, origin: 'Schema' as const, isLossy: false }));
  const copyColumns = columns.map(({ name }) => name);
  const versionTable = { schema: 'public', name: table.name };
  const plan: TablePlan = {
    versionTable,
    columns,
    copyColumns,
    format: FORMAT,
    warnings: [],
    digest: '',
    ...UNRECORDED,
  };
  const { converter } = createCopyInput(plan, format, { chunkBytes: CHUNK_BYTES, outputSlots: 2 });
  for (const [index, chunk] of chunks.entries()) {
    const data = index === 0 && table.format.hasHeader ? chunk.subarray(chunk.indexOf('\n') + 1) : chunk;
    converter.convert(data, index % 2);
  }
  converter.end(0);
  converter.release();
}
