import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { runProgram } from './command.ts';

const root = join(import.meta.dirname, '..');

/** The sources of a release: a commit, and not what else is in the working tree. */
export interface Revision {
  readonly commit: string;
  /** When it was committed, in seconds since 1970. */
  readonly time: number;
  readonly version: string;
  readonly folder: string;
}

/** Unpacks the commit into the folder. */
export async function unpackRevision(name: string, folder: string): Promise<Revision> {
  const commit = (await runProgram(root, 'git', 'rev-parse', '--verify', `${name}^{commit}`)).trim();
  const time = Number(await runProgram(root, 'git', 'log', '-1', '--format=%ct', commit));
  mkdirSync(folder);
  const archive = `${folder}.tar`;
  await runProgram(root, 'git', 'archive', '--output', archive, commit);
  await runProgram(folder, 'tar', '--extract', '--file', archive);
  return { commit, time, version: versionOf(folder), folder };
}

/** The version, which package and chart must agree on, since the chart's appVersion is the tag of the images that it installs. */
function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const chart = load(readFileSync(join(folder, 'charts', 'motherload', 'Chart.yaml'), 'utf8')) as Record<
    string,
    string
  >;
  for (const field of ['version', 'appVersion']) {
    if (chart[field] !== version)
      throw new Error(
        `package.json has version ${version} and Chart.yaml ${field} ${chart[field]}: set both to the same`,
      );
  }
  return version;
}
