import { ManifestError } from '../../crds/contract/errors.ts';
import { keyOf, type DumpIngestionManifest, type Manifests } from '../../crds/contract/manifest.ts';
import { parseDatabaseUri } from '../../job-runner/database/uri.ts';
import { defaultPostgresqlFolder } from '../postgresql/embedded-postgresql.ts';
import { connect, type Database } from '../../job-runner/database/connection.ts';
import { orInterrupted } from '../interruption.ts';
import { joinEmbeddedPostgresql } from '../postgresql/shared-postgresql.ts';

export interface TargetDatabase {
  /** Holds the password: never to be printed. */
  readonly uri: string;
  /** For people: where it is, without the password. */
  readonly description: string;
  /** Stops what was started for it, unless others use it. */
  close(): Promise<void>;
}

/** Of the two at most one is there. */
export interface DatabaseOptions {
  readonly database?: string;
  readonly dataFolder?: string;
}

/** The database that a manifest's Secret names, if the Secret is among the files. */
export function uriOfSecret(ingestion: DumpIngestionManifest, manifests: Manifests): string | undefined {
  const { name, key } = ingestion.spec.target.databaseSecretRef;
  const secret = manifests.secrets.get(keyOf(ingestion.metadata.namespace, name));
  if (secret === undefined) return undefined;
  const uri = secret[key];
  if (uri !== undefined) return uri.trim();
  throw new ManifestError(
    'NoSecretKey',
    `the Secret ${name} has no key ${key}, which DumpIngestion ${ingestion.metadata.name} refers to`,
  );
}

/** The database of a command: the embedded PostgreSQL of the folder that is given, the database that is given, the Secret's, or an embedded one. */
export async function openTargetDatabase(options: DatabaseOptions, fromSecret?: string): Promise<TargetDatabase> {
  const uri = options.dataFolder === undefined ? (options.database ?? fromSecret) : undefined;
  if (uri !== undefined) return { uri, description: describeDatabase(uri), close: () => Promise.resolve() };
  const folder = options.dataFolder ?? defaultPostgresqlFolder();
  const embedded = await joinEmbeddedPostgresql(folder);
  return { uri: embedded.uri, description: `embedded PostgreSQL, data in ${folder}`, close: () => embedded.leave() };
}

/** For a command that only looks. What was started for it is stopped also where the signal ends it. */
export async function readTargetDatabase<Result>(
  options: DatabaseOptions,
  fromSecret: string | undefined,
  signal: AbortSignal,
  read: (database: Database, description: string) => Promise<Result>,
): Promise<Result> {
  const target = await openTargetDatabase(options, fromSecret);
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

/** `database "x" at host:5432 as user`, put together from the parts that the reader is sure of, so that no password slips through. */
function describeDatabase(uri: string): string {
  const { host, port, user, database } = parseDatabaseUri(uri);
  return `database "${database}" at ${host}:${port} as ${user}`;
}
