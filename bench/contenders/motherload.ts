import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { RUNNER_COMMAND } from '../../bin/running/runner-command.ts';
import { resolveFormat } from '../../crds/contract/format.ts';
import { readManifests, type DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import { CatalogueReader } from '../../crds/contract/catalogue-reader.ts';
import { readReport } from '../../crds/contract/report-line.ts';
import { DATABASE_URI_VARIABLE, RESULT_FILE_VARIABLE, TASK_VARIABLE, type Task } from '../../crds/contract/task.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { ContenderContext, Command, Contender } from './contender.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MANIFEST = join(import.meta.dirname, '..', 'dumps.yaml');
const [NODE = '', ...RUNNER_PARAMETERS] = RUNNER_COMMAND;
/** Identifies the runner processes. */
const RUNNER = RUNNER_PARAMETERS.at(-1) ?? '';

const LIMIT = 'rejects: { limit: 10 }';

/** The whole program as a user runs it: catalogue, loads and statistics. */
export const motherloadRun: Contender = runOf(ROOT, 'motherload run');

/** The same of another build, for example a worktree of an older commit with its `node_modules`. */
export function motherloadOf(checkout: string): Contender {
  return runOf(checkout, `motherload run of ${basename(checkout)}`);
}

/** What a limit costs that no record reaches. */
export const motherloadRunWithLimit: Contender = runOf(ROOT, 'motherload run with rejects.limit', LIMIT);

/** Dump and tables compared, after a load that is not measured; both are in one process. */
export const motherloadVerify: Contender = {
  name: 'motherload verify',
  prepare: async (context) => {
    const { program, parameters, environment } = commandOf(ROOT, 'run', context);
    await promisify(execFile)(program, parameters, { env: { ...process.env, ...environment }, maxBuffer: 1 << 28 });
    return commandOf(ROOT, 'verify', context);
  },
};

function runOf(checkout: string, name: string, spec?: string): Contender {
  return {
    name,
    prepare: async (context) => await Promise.resolve({ ...commandOf(checkout, 'run', context, spec), runner: RUNNER }),
  };
}

function commandOf(checkout: string, command: 'run' | 'verify', context: ContenderContext, spec?: string): Command {
  const file = join(checkout, 'bin', 'motherload.js');
  const { set, databaseUri, workFolder } = context;
  const options = ['-f', manifestOf(context, spec), '--dumps', set.folder, '--database', databaseUri];
  return { program: process.execPath, parameters: [file, command, ...options], environment: { TMPDIR: workFolder } };
}

/** The manifest for a data set: that of all, with the format of its files. */
function manifestOf({ set, workFolder }: ContenderContext, spec = set.spec): string {
  const file = join(workFolder, `${set.name}${spec === LIMIT ? '-with-limit' : ''}.yaml`);
  mkdirSync(workFolder, { recursive: true });
  writeFileSync(
    file,
    `${readFileSync(MANIFEST, 'utf8')}  format: ${set.format.manifest}\n${spec === '' ? '' : `  ${spec}\n`}`,
  );
  return file;
}

/** One load by the runner alone: the catalogue is computed before the measurement. */
export const runnerAlone: Contender = {
  name: 'its runner alone',
  prepare: async (context) => {
    const [entry] = await catalogue(context);
    if (entry === undefined) throw new Error(`the catalogue of ${context.set.folder} is empty`);
    const { spec } = ingestion(context);
    const { streamsPerTable, onExisting } = spec.loading;
    return runnerCommand(context, {
      ...taskBase(context),
      kind: 'Load',
      table: entry,
      loading: { streamsPerTable, onExisting },
      indexes: spec.motherTables.indexes,
    });
  },
};

async function catalogue(context: ContenderContext): Promise<readonly TableIngestionSpec[]> {
  const { source, motherTables, loading } = ingestion(context).spec;
  const { onExisting } = loading;
  const command = runnerCommand(context, { ...taskBase(context), kind: 'Catalogue', source, motherTables, onExisting });
  const environment = { ...process.env, ...command.environment };
  const { stdout } = await promisify(execFile)(command.program, command.parameters, {
    env: environment,
    maxBuffer: 1 << 28,
  });
  const reader = new CatalogueReader();
  for (const line of stdout.split('\n')) {
    const report = readReport(line);
    if (report !== undefined && report.report !== 'progress') reader.add(report);
  }
  if (reader.complete === undefined) throw new Error(`the runner printed no catalogue of ${context.set.folder}`);
  return reader.complete;
}

function runnerCommand({ databaseUri, workFolder }: ContenderContext, task: Task): Command {
  const resultFile = join(workFolder, 'result.json');
  writeFileSync(resultFile, '');
  return {
    program: NODE,
    parameters: RUNNER_PARAMETERS,
    environment: {
      [TASK_VARIABLE]: JSON.stringify(task),
      [DATABASE_URI_VARIABLE]: databaseUri,
      [RESULT_FILE_VARIABLE]: resultFile,
    },
  };
}

function taskBase(context: ContenderContext) {
  const { metadata, spec } = ingestion(context);
  return {
    ingestion: { namespace: metadata.namespace, name: metadata.name, run: 'bench' },
    target: spec.target,
    dumpsFolder: context.set.folder,
    format: resolveFormat(spec.format),
    dialectFiles: {},
    limits: spec.limits,
  };
}

function ingestion(context: ContenderContext): DumpIngestionManifest {
  const file = manifestOf(context);
  const [manifest] = readManifests([{ name: file, text: readFileSync(file, 'utf8') }]).ingestions;
  if (manifest === undefined) throw new Error(`${file} contains no DumpIngestion`);
  return manifest;
}
