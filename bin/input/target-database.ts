import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';
import { withTlsFiles } from '../../job-runner/database/tls-files.ts';
import { parseDatabaseUri } from '../../job-runner/database/uri.ts';
import { defaultPostgresqlFolder } from '../postgresql/embedded-postgresql.ts';
import { connect, type Database } from '../../job-runner/database/connection.ts';
import { orInterrupted } from '../interruption.ts';
import { referencedContent } from './referenced-content.ts';
import { writeTlsFiles } from './tls-files.ts';
import { holdsData } from '../postgresql/data-folder.ts';
import { joinEmbeddedPostgresql } from '../postgresql/shared-postgresql.ts';

export interface TargetDatabase {
  /** Contains the password: must not be printed. */
  readonly uri: string;
  /** Where it is, to be printed: without the password. */
  readonly description: string;
  /** Stops the server if it was started for this and nobody else uses it. */
  close(): Promise<void>;
}

/** At most one of the two is set. */
export interface DatabaseOptions {
  readonly database?: string;
  readonly dataFolder?: string;
}

/** The URI in a manifest's Secret, if the Secret is in the files; with the certificates of `spec.target.tls`, written to this folder. */
export function uriOfSecret(
  ingestion: DumpIngestionManifest,
  manifests: Manifests,
  tlsFolder: string,
): string | undefined {
  const { databaseSecretRef, tls } = ingestion.spec.target;
  if (!manifests.secrets.has(keyOf(ingestion.metadata.namespace, databaseSecretRef.name))) return undefined;
  const reference = { kind: 'Secret', ...databaseSecretRef } as const;
  const uri = referencedContent(ingestion, manifests, reference, 'spec.target.databaseSecretRef', 'NoSecretKey');
  writeTlsFiles(ingestion, manifests, tlsFolder);
  return withTlsFiles(uri.toString().trim(), tls, tlsFolder);
}

/**
 * A command's database, by precedence: --data-folder, --database, the Secret, the embedded PostgreSQL in its default folder, which is created where there is
 * none.
 */
export async function openTargetDatabase(options: DatabaseOptions, fromSecret?: string): Promise<TargetDatabase> {
  const uri = uriOf(options, fromSecret);
  if (uri !== undefined) return { uri, description: describeDatabase(uri), close: () => Promise.resolve() };
  const folder = folderOf(options);
  const embedded = await joinEmbeddedPostgresql(folder);
  return { uri: embedded.uri, description: `embedded PostgreSQL, data in ${folder}`, close: () => embedded.leave() };
}

/** The same for a command that asks about what was loaded: in a folder whose name is misspelt it would find a new, empty database. */
export async function openLoadedDatabase(options: DatabaseOptions, fromSecret?: string): Promise<TargetDatabase> {
  const folder = folderOf(options);
  if (uriOf(options, fromSecret) === undefined && !holdsData(folder)) {
    const message = `there is no embedded PostgreSQL in ${folder}, where motherload run would create it: name the folder of a run with --data-folder, or another database with --database`;
    throw new ManifestError('EmbeddedPostgresql', message);
  }
  return await openTargetDatabase(options, fromSecret);
}

/** Undefined for the embedded PostgreSQL. */
function uriOf({ dataFolder, database }: DatabaseOptions, fromSecret: string | undefined): string | undefined {
  return dataFolder === undefined ? (database ?? fromSecret) : undefined;
}

function folderOf({ dataFolder }: DatabaseOptions): string {
  return dataFolder ?? defaultPostgresqlFolder();
}

/** For a command that only reads. The server that was started for it is stopped even when the signal ends the command. */
export async function readTargetDatabase<Result>(
  options: DatabaseOptions,
  fromSecret: string | undefined,
  signal: AbortSignal,
  read: (database: Database, description: string) => Promise<Result>,
): Promise<Result> {
  const target = await openLoadedDatabase(options, fromSecret);
  try {
    return await orInterrupted(signal, async () => {
      const database = await connect(target.uri, { readOnly: true });
      try {
        return await read(database, target.description);
      } finally {
        await database.end();
      }
    });
  } finally {
    await target.close();
  }
}

/** `database "x" at host:5432 as user`, built from the parsed parts, so that it never contains a piece of the password. */
function describeDatabase(uri: string): string {
  const { host, port, user, database } = parseDatabaseUri(uri);
  return `database "${database}" at ${host}:${port} as ${user}`;
}
