import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { toFailure, type Failure } from '../../crds/contract/errors.ts';
import type { Limits } from '../../crds/contract/task.ts';
import { findFormatProblems } from '../../crds/contract/format-rules.ts';
import { resolveFormat, type Format, type FormatSpec } from '../../crds/contract/format.ts';
import type { Archive, ArchiveEntry } from '../dump/archive.ts';
import { builtInTypeMaps } from '../dump/dialects.ts';
import { FORMAT_EXTENSION, SCRIPT_EXTENSION } from '../dump/entry-name.ts';
import { groupEntries, type TableFiles } from '../dump/table-files.ts';
import { namingOf, readSchema } from '../dump/table-schema.ts';
import type { TypeMap } from '../plan/type-map.ts';
import { choosePreset, isSame } from './choose-preset.ts';
import { findEncoding } from './find-encoding.ts';
import { findFormat, type TableSample } from './find-format.ts';
import type { Finding } from './finding.ts';
import type { Layout } from './records.ts';
import { tryFormat, type Trial } from './try-format.ts';

/** As much of each DAT file is read. */
const SAMPLE_BYTES = 256 * 1024;
/** So many tables are enough to tell how the exporter writes. */
const MAX_TABLES = 200;

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
  /** Tables of which nothing was read. */
  readonly others: number;
}

/**
 * Proposes the format of a dump from the beginning of its DAT files, and tries it on them; then closes it. `defaults`: `spec.format` of a manifest
 * without it.
 */
export async function sniffArchive(
  archive: Archive,
  file: string,
  defaults: FormatSpec,
  limits: Limits,
): Promise<SniffedDump> {
  try {
    const { preset, fields } = formatByNames(archive.entries, defaults.schemaExtension);
    const format = resolveFormat({ ...defaults, ...(preset === undefined ? {} : { preset }), ...valuesOf(fields) });
    const dump = { file, dialect: format.dialect };
    const all = groupEntries(archive.entries, namingOf(format, dump), dump.file);
    const files = all.slice(0, MAX_TABLES);
    const samples: TableSample[] = [];
    const skipped: SniffedDump['skipped'][number][] = [];
    for (const table of files) {
      try {
        samples.push(await readSample(archive, dump, table, { format, limits }));
      } catch (error) {
        skipped.push({ table: table.table, failure: toFailure(error) });
      }
    }
    return { ...sniffSamples(samples, fields, defaults, preset), skipped, others: all.length - files.length };
  } finally {
    await archive.close();
  }
}

function sniffSamples(
  samples: readonly TableSample[],
  byNames: readonly Finding[],
  defaults: FormatSpec,
  only: FormatSpec['preset'] | undefined,
): Omit<SniffedDump, 'skipped' | 'others'> {
  const dialects = builtInTypeMaps();
  let likely: readonly Layout[] = [];
  const found = withoutRefuted(
    samples.map((sample) => {
      const { findings, layout } = findFormat(sample, dialects, likely);
      if (layout !== undefined) likely = [layout, ...likely.filter((other) => !isDeepStrictEqual(other, layout))];
      return { sample, findings: openFindings(sample, findings) };
    }),
  );
  const named = new Set(byNames.map(({ field }) => field));
  const common = commonFindings(found.map(({ findings }) => findings)).filter(({ field }) => !named.has(field));
  const { preset, fields } = choosePreset([...common, ...byNames], only);
  const format = resolveFormat({ ...defaults, preset, ...valuesOf(fields) });
  const typeMap = dialects.find(({ dialect }) => dialect === format.dialect) ?? dialects[0];
  const tables = found.map(({ sample, findings }) => tryTable(sample, ownFindings(findings, format), format, typeMap));
  return { preset, fields, tables };
}

interface Found {
  readonly sample: TableSample;
  readonly findings: readonly Finding[];
}

/** Without guesses where one table shows something else, or the dump is of a server that writes NULL as a word. */
function withoutRefuted(found: readonly Found[]): Found[] {
  const shown = found.flatMap(({ findings }) => findings.filter(({ isGuess }) => isGuess !== true));
  const [dialect] = commonFindings(found.map(({ findings }) => findings)).filter(({ field }) => field === 'dialect');
  const writesWord =
    dialect?.value === 'mysql' ||
    dialect?.value === 'postgresql' ||
    shown.some(({ field, value }) => field === 'escape' && value === '\\');
  const isRefuted = ({ field, value }: Finding) =>
    (field === 'nullMarker' && value === '' && writesWord) ||
    shown.some((other) => other.field === field && other.value !== value);
  return found.map(({ sample, findings }) => ({
    sample,
    findings: findings.filter((finding) => finding.isGuess !== true || !isRefuted(finding)),
  }));
}

/** What the source's own tool says of a file need not be found, nor set. */
function openFindings(sample: TableSample, findings: readonly Finding[]): Finding[] {
  const known = sample.found?.format ?? {};
  return findings.filter(({ field }) => !Object.hasOwn(known, field));
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

const OF_ALL_TABLES = new Set(['dialect', 'datExtension']);

function ownFindings(findings: readonly Finding[], format: Format): Finding[] {
  return findings.filter((finding) => {
    const { field } = finding;
    const common = (format as Readonly<Record<string, unknown>>)[field];
    return isShown(finding) && !OF_ALL_TABLES.has(field) && !isSame(finding, common);
  });
}

function valuesOf(fields: readonly Finding[]): Partial<FormatSpec> {
  return Object.fromEntries(fields.map(({ field, value }) => [field, value]));
}

async function readSample(
  archive: Archive,
  dump: { readonly file: string; readonly dialect: string },
  { table, dat, schemaFile, problem }: TableFiles,
  task: Parameters<typeof readSchema>[4],
): Promise<TableSample> {
  if (problem !== undefined || schemaFile === undefined || dat === undefined)
    throw problem ?? new Error(`${table} has no files`);
  const schema = await readSchema(archive, dump, schemaFile, table, task);
  const [entry = dat] = (dat.chunks ?? []) as ArchiveEntry[];
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await archive.openContent(entry)) {
    parts.push(Buffer.from(chunk.subarray(0, SAMPLE_BYTES - bytes)));
    bytes += chunk.length;
    if (bytes >= SAMPLE_BYTES) break;
  }
  return { table, content: findEncoding(Buffer.concat(parts)), ...schema };
}

/** What the names of the files already say: of MySQL Shell, of bcp's format files, of scripts in place of schema files, and of DAT files. */
function formatByNames(
  entries: readonly ArchiveEntry[],
  schemaExtension: string,
): { preset: FormatSpec['preset'] | undefined; fields: Finding[] } {
  const names = entries.map(({ name }) => name.toLowerCase());
  if (names.some((name) => /(?:^|\/)@\.json$/.test(name))) return { preset: 'mysql-shell', fields: [] };
  const stems = (extension: string) =>
    new Set(names.filter((name) => name.endsWith(extension)).map((name) => name.slice(0, -extension.length)));
  const [schemas, formatFiles, scripts] = [stems(schemaExtension), stems(FORMAT_EXTENSION), stems(SCRIPT_EXTENSION)];
  const tables = schemas.size > 0 ? schemas : formatFiles.size > 0 ? formatFiles : scripts;
  const value = findDatExtension(names, tables, [schemaExtension, FORMAT_EXTENSION, SCRIPT_EXTENSION]);
  const extension = { field: 'datExtension', value, evidence: 'the names of the files' } as const;
  if (formatFiles.size > 0) return { preset: 'bcp-char', fields: [extension] };
  if (schemas.size > 0) return { preset: undefined, fields: [extension] };
  return {
    preset: undefined,
    fields: [extension, { field: 'dialect', value: 'mysql', evidence: 'scripts of CREATE TABLE' }],
  };
}

/** The one with which most files belong to a table. */
function findDatExtension(names: readonly string[], tables: ReadonlySet<string>, others: readonly string[]): string {
  const extensions = names.flatMap((name) => {
    const extension = extname(name.replace(/\.(?:gz|zst)$/, ''));
    const stem = name.replace(/\.(?:gz|zst)$/, '').slice(0, -extension.length);
    return extension !== '' && !others.includes(extension) && tables.has(stem) ? [extension] : [];
  });
  const [most] = [...Map.groupBy(extensions, (extension) => extension)].sort(([, a], [, b]) => b.length - a.length);
  return most?.[0] ?? '.dat';
}
