import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ManifestError } from '../crds/contract/errors.ts';
import { DATABASE_FILES, DATABASE_FOLDER_VARIABLE, DATABASE_URI_VARIABLE, type Target } from '../crds/contract/task.ts';
import { withTlsFiles } from './database/tls-files.ts';

/**
 * The database's URI, in a pod from the files of its Secrets. A variable would be passed on to every child process, and show in a node's
 * description of the container. Each runner reads it once, so the next Job uses what a rotation has written.
 */
export function readDatabaseUri(tls: Target['tls']): string {
  const folder = process.env[DATABASE_FOLDER_VARIABLE];
  const uri = folder === undefined ? process.env[DATABASE_URI_VARIABLE] : readFile(join(folder, DATABASE_FILES.uri));
  if (uri === undefined || uri.trim() === '') {
    const message = 'there is no database URI: spec.target.databaseSecretRef must name a key of a Secret that has it';
    throw new ManifestError('NoDatabaseUri', message);
  }
  return folder === undefined ? uri : withTlsFiles(uri, tls, folder);
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    const message = `the database URI cannot be read from ${path} (${code}); spec.target.databaseSecretRef must name a key of a Secret`;
    throw new ManifestError('NoDatabaseUri', message, {}, { cause: error });
  }
}
