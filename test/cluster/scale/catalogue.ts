import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { catalogueReports } from '../../../crds/contract/catalogue-writer.ts';
import { LOAD_STEPS, type Progress, type TaskResult } from '../../../crds/contract/report.ts';

const VERSIONS = 20;
/** One of this many tables has no mother table. */
const SKIPPED = 50;
const BYTES = 1_000_000;

/** A catalogue with this many tables, from dumps with the versions 1 to 20. */
export function makeCatalogue(ingestionName: string, tables: number): TableIngestionSpec[] {
  return Array.from({ length: tables }, (_, index) => makeEntry(ingestionName, index));
}

function makeEntry(ingestionName: string, index: number): TableIngestionSpec {
  const version = String((index % VERSIONS) + 1);
  const table = `table_${Math.floor(index / VERSIONS)}`;
  const isSkipped = index % SKIPPED === SKIPPED - 1;
  const dat = {
    entry: `${table}.dat`,
    bytes: BYTES,
    compressedBytes: BYTES / 5,
    crc32: index.toString(16).padStart(8, '0'),
  };
  const schemaFile = { entry: `${table}.json`, bytes: 900, crc32: '0badcafe' };
  return {
    ingestionName,
    dump: { file: `nightly/customers_${version}.zip`, app: 'customers', version, dialect: 'mssql' },
    table,
    versionTable: `${version}_${table}`,
    ...(isSkipped ? {} : { mother: table }),
    dat,
    schemaFile,
    decision: isSkipped ? 'Skip' : 'Load',
    reason: isSkipped ? 'NoMotherTable' : 'Planned',
    message: isSkipped ? 'no other dump has this table, so it has no mother table' : `becomes ${version}_${table}`,
  };
}

/** The expected numbers after the load: a table of version 7 has 7,000 rows. */
export function countsOf(catalogue: readonly TableIngestionSpec[]) {
  const loaded = catalogue.filter(({ decision }) => decision === 'Load');
  const [total, skipped] = [catalogue.length, catalogue.length - loaded.length];
  return {
    tables: {
      ...{ total, loaded: loaded.length, skipped, summary: `${loaded.length}/${loaded.length}` },
      ...{ pending: 0, running: 0, failed: 0, alreadyLoaded: 0 },
    },
    rows: loaded.reduce((sum, { dump }) => sum + Number(dump.version) * 1000, 0),
    bytes: loaded.length * BYTES,
  };
}

/** The log of every simulated runner: the catalogue, and for loads the progress at the end. */
export function runnerLog(catalogue: readonly TableIngestionSpec[]): string[] {
  const [step] = LOAD_STEPS.slice(2);
  const progress: Progress = {
    ...{
      step: step ?? 'copy',
      rows: 400,
      bytes: BYTES / 2,
      compressedBytes: BYTES / 10,
      totalCompressedBytes: BYTES / 5,
      seconds: 1,
    },
  };
  return [...catalogueReports(catalogue), { report: 'progress', progress }].map((report) => JSON.stringify(report));
}

/** The result of each simulated runner: a Go template with its pod as `.`. */
export function resultTemplate(catalogue: readonly TableIngestionSpec[]): string {
  const seconds = { copy: 1.5, attach: 0.1 };
  const end = [...catalogueReports(catalogue)].at(-1);
  const sha256 = end?.report === 'catalogueEnd' ? end.sha256 : '';
  const ofCatalogue: TaskResult = {
    task: 'Catalogue',
    outcome: 'Succeeded',
    entries: catalogue.length,
    sha256,
    seconds,
  };
  const ofFinish: TaskResult = { task: 'Finish', outcome: 'Succeeded', seconds };
  const load: TaskResult = {
    task: 'Load',
    outcome: 'Loaded',
    message: 'loaded',
    rows: -1,
    bytes: BYTES,
    streams: 1,
    warnings: [],
    seconds,
  };
  const ofLoad = JSON.stringify(load).replace('"rows":-1', '"rows":%s000');
  const label = (name: string) => `(index .metadata.labels "motherload.dev/${name}")`;
  const isTask = (task: string) => `(eq ${label('task')} "${task}")`;
  const text = (result: TaskResult) => `\`${JSON.stringify(result)}\``;
  return `(or (and ${isTask('Load')} (printf \`${ofLoad}\` ${label('version')})) (and ${isTask('Finish')} ${text(ofFinish)}) ${text(ofCatalogue)})`;
}
