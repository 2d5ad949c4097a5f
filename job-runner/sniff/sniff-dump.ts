import { extname } from 'node:path';
import type { Failure } from '../../crds/contract/errors.ts';
import { findFormatProblems } from '../../crds/contract/format-rules.ts';
import { resolveFormat, type Format, type FormatSpec } from '../../crds/contract/format.ts';
import { openArchive, type Archive, type ArchiveEntry } from '../dump/archive.ts';
import { builtInTypeMaps } from '../dump/dialects.ts';
import { groupEntries, type TableFiles } from '../dump/table-files.ts';
import { parseSchemaFile } from '../dump/schema-file.ts';
import type { ArchiveLimits } from '../dump/zip-directory.ts';
import type { TypeMap } from '../plan/type-map.ts';
import { choosePreset } from './choose-preset.ts';
import { findFormat, type Finding, type TableSample } from './find-format.ts';
import { tryFormat, type Trial } from './try-format.ts';

/** As much of each DAT file is read. */
const SAMPLE_BYTES = 256 * 1024;
/** So many tables are enough to tell how the exporter writes. */
const MAX_TABLES = 50;

export interface SniffedTable extends Trial {
  readonly table: string;
  /** Where the table differs from the others. */
  readonly fields: readonly Finding[];
}

export interface SniffedDump {
  readonly preset: FormatSpec['preset'];
  /** What differs from the preset. */
  readonly fields: readonly Finding[];
  readonly tables: readonly SniffedTable[];
  /** Of these nothing was read: a file is missing, or cannot be read. */
  readonly skipped: readonly { readonly table: string; readonly failure: Failure }[];
}

/** Proposes the format of a dump from the beginning of its DAT files, and tries it on them. `defaults`: `spec.format` of a manifest without it. */
export async function sniffDump(
  file: string,
  defaults: FormatSpec,
  limits: ArchiveLimits & { maxSchemaFileBytes: number },
): Promise<SniffedDump> {
  const archive = await openArchive(file, limits);
  try {
    const datExtension = findDatExtension(archive.entries, defaults.schemaExtension);
    const naming = { ...resolveFormat(defaults), datExtension, isMysql: true };
    const files = groupEntries(archive.entries, naming, file).slice(0, MAX_TABLES);
    const skipped = files.flatMap(({ table, problem }) =>
      problem === undefined ? [] : [{ table, failure: problem.toFailure() }],
    );
    const samples = [];
    for (const table of files) if (table.problem === undefined) samples.push(await readSample(archive, table, limits));
    const extension = { field: 'datExtension', value: datExtension, evidence: 'the names of the files' } as const;
    return { ...sniffSamples(samples, extension, defaults), skipped };
  } finally {
    await archive.close();
  }
}

function sniffSamples(
  samples: readonly TableSample[],
  extension: Finding,
  defaults: FormatSpec,
): Omit<SniffedDump, 'skipped'> {
  const dialects = builtInTypeMaps();
  const found = samples.map((sample) => ({ sample, findings: findFormat(sample, dialects) }));
  const common = commonFindings(found.map(({ findings }) => findings));
  const { preset, fields } = choosePreset([...common, extension]);
  const format = resolveFormat({ ...defaults, preset, ...valuesOf(fields) });
  const typeMap = dialects.find(({ dialect }) => dialect === format.dialect) ?? dialects[0];
  const tables = found.map(({ sample, findings }) => tryTable(sample, ownFindings(findings, format), format, typeMap));
  return { preset, fields, tables };
}

function tryTable(
  sample: TableSample,
  fields: readonly Finding[],
  format: Format,
  typeMap: TypeMap | undefined,
): SniffedTable {
  const { table } = sample;
  const own = { ...format, ...valuesOf(fields) };
  const [problem] = findFormatProblems({ ...own, preset: 'reference' });
  if (problem !== undefined || typeMap === undefined)
    return {
      table,
      fields,
      records: 0,
      failure: { kind: 'Manifest', code: 'InvalidManifest', message: problem?.message ?? '' },
    };
  return { table, fields, ...tryFormat(sample, own, typeMap) };
}

/** Of each field the value that most tables have. */
function commonFindings(all: readonly (readonly Finding[])[]): Finding[] {
  const byField = Map.groupBy(all.flat(), ({ field }) => field);
  return [...byField.values()].flatMap((findings) => {
    const byValue = [...Map.groupBy(findings.filter(isShown), ({ value }) => value).values()];
    const [most] = byValue.sort((one, other) => other.length - one.length);
    return most?.[0] ?? findings[0] ?? [];
  });
}

/** Whether the sample has it: that a table has no quotes does not mean that others have none. */
function isShown({ field, value }: Finding): boolean {
  return !(field === 'quote' && value === '');
}

const OF_ALL_TABLES = new Set(['dialect', 'datExtension', 'recordTerminator']);

function ownFindings(findings: readonly Finding[], format: Format): Finding[] {
  return findings.filter((finding) => {
    const { field, value } = finding;
    const common = (format as Readonly<Record<string, unknown>>)[field];
    return isShown(finding) && !OF_ALL_TABLES.has(field) && common !== value;
  });
}

function valuesOf(fields: readonly Finding[]): Partial<FormatSpec> {
  return Object.fromEntries(fields.map(({ field, value }) => [field, value]));
}

async function readSample(
  archive: Archive,
  { table, dat, schemaFile }: TableFiles,
  limits: { maxSchemaFileBytes: number },
): Promise<TableSample> {
  if (schemaFile === undefined || dat === undefined) throw new Error(`${table} has no files`);
  const columns = parseSchemaFile(await archive.readSmall(schemaFile, limits.maxSchemaFileBytes), { table });
  const [entry = dat] = (dat.chunks ?? []) as ArchiveEntry[];
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await archive.openRaw(entry)) {
    parts.push(Buffer.from(chunk.subarray(0, SAMPLE_BYTES - bytes)));
    bytes += chunk.length;
    if (bytes >= SAMPLE_BYTES) break;
  }
  return { table, bytes: Buffer.concat(parts), columns };
}

/** The one with which most files belong to a schema file. */
function findDatExtension(entries: readonly ArchiveEntry[], schemaExtension: string): string {
  const names = entries.map(({ name }) => name.toLowerCase());
  const tables = new Set(
    names.filter((name) => name.endsWith(schemaExtension)).map((name) => name.slice(0, -schemaExtension.length)),
  );
  const extensions = names.flatMap((name) => {
    const extension = extname(name);
    return extension !== '' && extension !== schemaExtension && tables.has(name.slice(0, -extension.length))
      ? [extension]
      : [];
  });
  const [most] = [...Map.groupBy(extensions, (extension) => extension)].sort(([, a], [, b]) => b.length - a.length);
  return most?.[0] ?? '.dat';
}
