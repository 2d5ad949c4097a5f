import type { ErrorEntry } from './error-entry.ts';

export const DATABASE_ERRORS = {
  DatabaseUri: {
    kind: 'Manifest',
    isShared: true,
    text: 'The database URI is not valid. Percent-encode special characters in the password: `@` is `%40`.',
  },
  DatabaseTls: {
    kind: 'Manifest',
    isShared: true,
    text: 'There is no trusted TLS connection to the database. Check `sslmode` and `sslrootcert` in the URI.',
  },
  TransactionPooling: {
    kind: 'Manifest',
    isShared: true,
    text: 'The URI leads to a pooler in transaction or statement mode (PgBouncer: `pool_mode`). Use a URI of the server itself, or of the pooler in session mode.',
  },
  PoolerBusy: {
    kind: 'Transient',
    text: 'A pooler gave no second connection in time. Allow more connections, or use a URI of the server itself.',
  },
  DatabasePassword: {
    kind: 'Manifest',
    isShared: true,
    text: 'The password is missing, or the server does not accept its form. Check the password in the URI.',
  },
  DatabaseUnreachable: {
    kind: 'Transient',
    isShared: true,
    text: 'The database cannot be reached: a wrong host or port, a firewall, or a server that is not up yet.',
  },
  SchemaMissing: {
    kind: 'Manifest',
    isShared: true,
    text: 'The schema does not exist and the role may not create it. Create it, or grant CREATE on the database.',
  },
  LedgerTooNew: {
    kind: 'Manifest',
    isShared: true,
    text: 'The ledger was created by a newer Motherload. Use that version.',
  },
  LedgerTooOld: {
    kind: 'Manifest',
    text: 'A command that changes nothing found the ledger of an older Motherload. The next run brings it up to date.',
  },
  TableTakenOver: {
    kind: 'Transient',
    text: "The connection that held the table's lock broke, and another runner took the table over. Nothing of this attempt was kept.",
  },
  EmbeddedPostgresql: {
    kind: 'Manifest',
    text: 'The embedded PostgreSQL is not available for this platform, did not start, or cannot use its data folder. Choose an empty or new `--data-folder`, or a database with `--database`.',
  },
  EmbeddedPostgresqlNotStopped: {
    kind: 'Transient',
    text: 'The embedded PostgreSQL did not stop in time. Stop its process.',
  },
  Query: {
    kind: 'Manifest',
    text: 'The statement given to `motherload query` is not valid, changes something, or returns no rows. Give one SELECT.',
  },
} as const satisfies Record<string, ErrorEntry>;

export const RUN_ERRORS = {
  VolumeBusy: {
    kind: 'Transient',
    text: 'The volume with the dumps did not answer in time, or the machine had no file handle or memory left.',
  },
  Stopped: { kind: 'Transient', text: 'The runner was stopped, for instance because its node is drained.' },
  RunnerDied: {
    kind: 'Transient',
    text: 'The runner ended without a result, for instance for lack of memory. The message quotes the end of its error output.',
  },
  RunnerNotStarted: {
    kind: 'Transient',
    text: 'The runner could not be started: this machine has no process, file handle or memory left.',
  },
  RunnerNotExecutable: {
    kind: 'Manifest',
    isShared: true,
    text: "The runner's program cannot be started on this machine. Install Motherload again.",
  },
  JobFailed: {
    kind: 'Transient',
    text: 'The Job failed and its runner left no result. The log of its pod says more.',
  },
  ResultLost: {
    kind: 'Transient',
    text: 'The load succeeded twice and its result was lost both times. `motherload status` shows what the ledger has.',
  },
  LoadsGone: {
    kind: 'Manifest',
    text: 'Tables that the run had loaded or found loaded were no longer in the database at its end: somebody dropped or emptied them, another run did (`policy: Recreate`), or the server lost its last transactions (a failover, a backup that was restored). Load them again: with `spec.retryPolicy: All` and a new `spec.trigger`, or the same `motherload run`.',
  },
  CatalogueInvalid: {
    kind: 'Data',
    text: "The catalogue has an entry that no TableIngestion can be made of, or is larger than `spec.limits.maxTables` or the operator's memory allow. Exclude that dump with `spec.source.exclude`, raise the limit, or give the operator more memory.",
  },
  TableIngestionClash: {
    kind: 'Data',
    text: 'Two tables of the catalogue have the same name as a TableIngestion, and one would be left out; the message names both. Exclude one with `spec.source.exclude`, and report it.',
  },
  CatalogueLost: {
    kind: 'Transient',
    text: 'The catalogue was made and its log was gone before it could be read. Delete the DumpIngestion and apply it again; loaded tables are not loaded twice.',
  },
  Unexpected: { kind: 'Transient', text: 'A bug. Please report it.' },
} as const satisfies Record<string, ErrorEntry>;
