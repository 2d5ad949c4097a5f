import {
  DataError,
  ManifestError,
  TransientError,
  type Location,
  type MotherloadError,
} from '../../crds/contract/errors.ts';
import { toNetworkError } from './remote/network-error.ts';
import { AttemptFailed } from './remote/retry.ts';

/** The connection was closed or broke, or is silent though the server does not know it any more. */
export class ConnectionLost extends Error {}

/** What an error of the server means, by its own message. */
type Meaning = (said: string, location: Location) => MotherloadError;

/** By the number of the error. */
export function meaningsOf(
  meanings: readonly (readonly [numbers: readonly number[], meaning: Meaning])[],
): ReadonlyMap<number, Meaning> {
  return new Map(meanings.flatMap(([numbers, meaning]) => numbers.map((number) => [number, meaning] as const)));
}

/** What went wrong with a source database, whichever server it is. `said` is its own message, which has no value in it. */
export function refusedLogin(said: string): ManifestError {
  const message = `the server does not let this user in (${said}): correct the Secret of connectionSecretRef, or the user's rights`;
  return new ManifestError('SourceCredentials', message);
}

export function refusedTable(said: string, location: Location): ManifestError {
  const message = `the user may not read this table (${said}): grant SELECT on it, or exclude it with spec.source.database.excludeTables`;
  return new ManifestError('SourceAccessDenied', message, location);
}

/** As the server says. */
export function changedTable(said: string, location: Location): DataError {
  const message = `the table was dropped or altered after the catalogue was made (${said}): run the ingestion again`;
  return new DataError('SourceTableChanged', message, location);
}

/** As its columns show. */
export function changedColumns(location: Location): DataError {
  const message =
    'the columns of the table are others than the catalogue found, or there is no such table: run the ingestion again';
  return new DataError('SourceTableChanged', message, location);
}

export function busyServer(said: string, location: Location): TransientError {
  return new TransientError('SourceBusy', `the server ended a statement (${said}): it is retried`, location);
}

export function lostConnection(server: string, cause: Error, location: Location): TransientError {
  return new TransientError('SourceBusy', `the connection to ${server} broke: it is retried`, location, { cause });
}

export function refusedStatement(server: string, errors: string, cause: Error, location: Location): ManifestError {
  const message = `${server} refuses a statement with error ${errors}: look it up in its documentation`;
  return new ManifestError('SourceRefused', message, location, { cause });
}

/** An error of the network; any other one stays as it is. `cause` is what Node says, where the driver has an error of its own around it. */
export function brokenNetwork(error: Error, cause: unknown, server: string, location: Location): unknown {
  const network = toNetworkError(cause, server);
  return network instanceof AttemptFailed
    ? new TransientError(network.code, `${network.message}: it is retried`, location, { cause: error })
    : network;
}

/** A row that does not fit into the readers' memory. */
export class RowTooLong extends Error {
  toDataError(location: Location): DataError {
    const message = 'a row is longer than 64 MiB: exclude the table with spec.source.database.excludeTables';
    return new DataError('RecordTooLong', message, location);
  }
}
