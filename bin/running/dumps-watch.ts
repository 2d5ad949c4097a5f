import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ManifestError, MotherloadError } from '../../crds/contract/errors.ts';
import { dropsTables } from '../../crds/contract/mother-policy.ts';
import { searchedDumps } from '../../crds/contract/searched-dumps.ts';
import { openArchive } from '../../job-runner/dump/archive.ts';
import { findDumps } from '../../job-runner/dump/find-dumps.ts';
import { isNoDumps, type FoundDump } from '../../job-runner/dump/found-dump.ts';
import type { PreparedIngestion } from '../input/prepared-ingestion.ts';
import { isSettled, isUnchanged, lookAgain, type KnownFile, type SeenFile } from './settled-files.ts';

/** Why a settled file is not loaded, by its name; whoever writes it may go on. */
export type Problems = ReadonlyMap<string, string>;

export interface Look {
  /** The names of the files that are complete. */
  readonly complete: readonly string[];
  /** Differs from another look's if a complete file has come, gone or changed. */
  readonly digest: string;
  readonly problems: Problems;
}

/** Refuses a DumpIngestion that cannot be watched. */
export function refuseUnwatchable({ manifest: { metadata, spec }, decryption }: PreparedIngestion): void {
  const { policy } = spec.motherTables;
  if (decryption?.gpg !== undefined) {
    const message = `DumpIngestion ${metadata.name} reads encrypted dumps, of which nothing shows that they are complete before they are decrypted: use a ScheduledDumpIngestion, or run it regularly`;
    throw new ManifestError('CannotWatch', message);
  }
  if (spec.source.volume === undefined) {
    const message = `DumpIngestion ${metadata.name} reads a bucket, a server or a database, and --watch is for folders: use a ScheduledDumpIngestion, or run it regularly`;
    throw new ManifestError('CannotWatch', message);
  }
  if (dropsTables(policy)) {
    const message = `with spec.motherTables.policy ${policy} and --watch, DumpIngestion ${metadata.name} would drop and load all tables for each new dump: use Create`;
    throw new ManifestError('CannotWatch', message);
  }
}

/** The dumps of a folder, of which some may still be written. */
export class DumpsWatch {
  readonly prepared: PreparedIngestion;
  readonly #folder: string;
  #known: Map<string, KnownFile> | undefined;
  /** Found, and never to be read: a link out of the folder, for instance. */
  #refused = new Map<string, string>();
  /** What reading a settled file's directory came to: empty if it is whole. */
  readonly #checked = new Map<string, { readonly file: KnownFile; readonly problem: string }>();

  constructor(prepared: PreparedIngestion) {
    this.prepared = prepared;
    this.#folder = join(prepared.volumeFolder, prepared.manifest.spec.source.path);
  }

  async look(now: number): Promise<Look> {
    this.#known = lookAgain(this.#known, await this.#seen(), now);
    const complete: KnownFile[] = [];
    const problems = new Map(this.#refused);
    for (const file of this.#known.values()) {
      if (!isSettled(file, now)) continue;
      const problem = await this.#check(file);
      if (problem === '') complete.push(file);
      else problems.set(file.file, problem);
    }
    for (const file of this.#checked.keys()) if (!this.#known.has(file)) this.#checked.delete(file);
    const digest = JSON.stringify(complete.map(({ file, bytes, modified }) => [file, bytes, modified]));
    return { complete: complete.map(({ file }) => file), digest, problems };
  }

  async #seen(): Promise<readonly SeenFile[]> {
    const files: SeenFile[] = [];
    this.#refused = new Map();
    for (const { file, path, problem } of await this.#found()) {
      if (problem !== undefined) this.#refused.set(file, problem.message);
      // Deleted since, or a link that leads nowhere: the next look finds out.
      const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
      if (found !== undefined) files.push({ file, bytes: found.size, modified: found.mtimeMs });
    }
    return files;
  }

  async #found(): Promise<readonly FoundDump[]> {
    try {
      return await findDumps(this.#folder, searchedDumps(this.prepared.manifest.spec));
    } catch (error) {
      if (isNoDumps(error)) return [];
      throw error;
    }
  }

  /** A ZIP's directory is at its end, so a file whose directory can be read has arrived to its end. */
  async #check(file: KnownFile): Promise<string> {
    const known = this.#checked.get(file.file);
    if (known !== undefined && isUnchanged(known.file, file)) return known.problem;
    const problem = await this.#problemOf(file.file);
    this.#checked.set(file.file, { file, problem });
    return problem;
  }

  async #problemOf(file: string): Promise<string> {
    try {
      await (await openArchive(join(this.#folder, file), this.prepared.manifest.spec.limits, file)).close();
      return '';
    } catch (error) {
      if (error instanceof MotherloadError) return error.message;
      throw error;
    }
  }
}

/** The DumpIngestion with these dumps alone: one that arrives meanwhile may be incomplete. */
export function withDumps(prepared: PreparedIngestion, files: readonly string[]): PreparedIngestion {
  const { metadata, spec } = prepared.manifest;
  const include = files.map((file) => file.replace(/[\\*?[\]{}()!+@|,]/g, '\\$&'));
  return { ...prepared, manifest: { metadata, spec: { ...spec, source: { ...spec.source, include } } } };
}
