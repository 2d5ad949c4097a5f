import type { Command } from 'commander';
import { describeFailure, MotherloadError } from '../../crds/contract/errors.ts';
import { readManifests, type Manifests } from '../../crds/contract/manifest.ts';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { readManifestFiles, unknownKinds, type ManifestFile } from '../input/manifest-files.ts';
import { describeNextRuns, nextRunsOf, type NextRuns } from '../output/next-runs.ts';
import { printJson, withManifests, withOutput, type ManifestOptions, type OutputOptions } from './options.ts';

interface Checked {
  readonly file: string;
  readonly valid: readonly string[];
  readonly schedules: readonly NextRuns[];
  readonly problem?: string;
  readonly warnings: readonly string[];
}

export function addValidateCommand(program: Command): void {
  const command = program
    .command('validate')
    .description('validate manifests against the CRDs, without a cluster, and print when schedules run next')
    .addHelpText('after', '\nExample:\n  motherload validate -f examples/quickstart.yaml -f examples/nightly.yaml');
  withOutput(withManifests(command)).action(validate);
}

function validate(options: ManifestOptions & OutputOptions): void {
  const checked = checkAll(readManifestFiles(options.file));
  const failed = checked.some((file) => file.problem !== undefined);
  const found = checked.some((file) => file.valid.length > 0);
  if (options.output === 'json') printJson({ valid: !failed && found, files: checked });
  else printForPeople(checked);
  if (!failed && !found)
    process.stderr.write('error: these files contain no DumpIngestion or ScheduledDumpIngestion\n');
  process.exitCode = failed || !found ? CLI_EXIT_CODES.WrongUsage : CLI_EXIT_CODES.Success;
}

/** Each file alone, so that an error in one does not hide those in another, and then with the files before it, as a run reads them together. */
function checkAll(files: readonly ManifestFile[]): Checked[] {
  const before: ManifestFile[] = [];
  return files.map((file) => {
    const checked = check(file, before);
    if (checked.problem === undefined) before.push(file);
    return checked;
  });
}

function check(file: ManifestFile, before: readonly ManifestFile[]): Checked {
  try {
    const manifests = readManifests([file]);
    readManifests([...before, file]);
    return {
      file: file.name,
      valid: namesOf(manifests),
      schedules: manifests.schedules.map((schedule) => nextRunsOf(schedule, Date.now())),
      warnings: unknownKinds(file).map((kind) => `${kind} is ignored`),
    };
  } catch (error) {
    if (!(error instanceof MotherloadError)) throw error;
    return { file: file.name, valid: [], schedules: [], problem: describeFailure(error.toFailure()), warnings: [] };
  }
}

function namesOf({ ingestions, schedules }: Manifests): string[] {
  return [
    ...ingestions.map(({ metadata }) => `dumpingestion/${metadata.name}`),
    ...schedules.map(({ metadata }) => `scheduleddumpingestion/${metadata.name}`),
  ];
}

function printForPeople(checked: readonly Checked[]): void {
  for (const { file, valid, schedules, problem, warnings } of checked) {
    for (const name of valid) process.stdout.write(`${name} is valid\n`);
    for (const next of schedules) process.stdout.write(`${describeNextRuns(next)}\n`);
    for (const warning of warnings) process.stderr.write(`warning: ${file}: ${warning}\n`);
    if (problem !== undefined) process.stderr.write(`error: ${problem}\n`);
  }
}
