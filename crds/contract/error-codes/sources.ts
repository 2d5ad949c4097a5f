import type { ErrorEntry } from './error-entry.ts';

/** Of dumps in a bucket or on a web server, and of a source database. */
export const SOURCE_ERRORS = {
  SourceUnreachable: {
    kind: 'Transient',
    isShared: true,
    text: "The bucket's server, the web server or the source database cannot be reached: a wrong endpoint, a NetworkPolicy, or a server that is not up. It is retried; check `spec.source` if it goes on.",
  },
  SourceBusy: {
    kind: 'Transient',
    isShared: true,
    text: 'The server said several times that it is busy, or broke the connection; a source database also that somebody ended the statement, or that it waited for a lock. It is retried; with many runners lower `spec.loading.maxParallelJobs`.',
  },
  SourceClock: {
    kind: 'Transient',
    isShared: true,
    text: "The clocks of the node and of the bucket's server differ by more than 15 minutes. Set the node's clock.",
  },
  SourceTls: {
    kind: 'Manifest',
    isShared: true,
    text: "The server's certificate is not trusted, or it speaks no TLS. Name its authority with `caSecretRef`, or correct the host name or the scheme. A source database without TLS needs `?ssl-mode=DISABLED` in its URI, SQL Server `?encrypt=false`; one with a certificate of its own `?trustServerCertificate=true`.",
  },
  SourceCredentials: {
    kind: 'Manifest',
    isShared: true,
    text: 'There are no credentials for the bucket, or its server does not take them, or the source database does not let the user in. Correct the Secret of `credentialsSecretRef` or `connectionSecretRef`, the role of the ServiceAccount, or the environment.',
  },
  SourceAccessDenied: {
    kind: 'Manifest',
    text: 'The credentials are valid and may not do this. Grant `s3:ListBucket` on the bucket and `s3:GetObject` on its objects; for a web server renew its URL or header; in a source database grant SELECT on the table, in SQL Server UNMASK where columns are masked.',
  },
  SourceMissing: {
    kind: 'Manifest',
    isShared: true,
    text: 'The bucket, the index of URLs, or the schema or database of a source database does not exist. Check the name, the endpoint and the region.',
  },
  SourceRegion: {
    kind: 'Manifest',
    isShared: true,
    text: 'The bucket is in another region, which the message names if the server did. Set `spec.source.s3.region`.',
  },
  SourceRanges: {
    kind: 'Manifest',
    text: 'The server does not answer ranges as HTTP says: it sends whole files, other bytes, or packs them on the way. Use an endpoint that supports the header Range.',
  },
  SourceIdentity: {
    kind: 'Manifest',
    text: 'The server gives neither an ETag nor a Last-Modified, so a dump that is replaced during a load would not be noticed. Use a server that gives one.',
  },
  SourceRefused: {
    kind: 'Manifest',
    text: 'The server refuses the request for another reason, which the message quotes, or it does not speak the API of S3. Check `spec.source`.',
  },
  SourceUrl: {
    kind: 'Manifest',
    isShared: true,
    text: 'A URL of the manifest, of the index or of a redirect is not valid or not allowed: only https, no link-local addresses, each path once.',
  },
  SourceIndex: {
    kind: 'Manifest',
    isShared: true,
    text: 'The index of `spec.source.https.indexUrl` is neither lines with URLs nor a JSON list of texts.',
  },
  SourceSecret: {
    kind: 'Manifest',
    isShared: true,
    text: 'A Secret of `spec.source` cannot be read or used. It must exist in the namespace, or locally in a file given with `-f`, and have the key that the manifest names.',
  },
  SourceAddress: {
    kind: 'Manifest',
    isShared: true,
    text: 'The URI in the Secret of `connectionSecretRef` cannot be used; no message shows it. It must be `mysql://USER:PASSWORD@HOST:PORT` or `mssql://USER:PASSWORD@HOST:PORT/DATABASE`, percent-encoded.',
  },
  SourceTableChanged: {
    kind: 'Data',
    text: 'A table of the source database was dropped, or its columns were changed, after the catalogue was made. Nothing of it was loaded: run the ingestion again.',
  },
  SourceSnapshot: {
    kind: 'Manifest',
    text: 'A table cannot be read as of the moment of the others, since its engine has no snapshots. Exclude it with `spec.source.database.excludeTables`, or set `snapshot: PerTable`.',
  },
  OtherTableFailed: {
    kind: 'Data',
    text: 'With `spec.source.database.snapshot: AllTables` all tables are loaded or none, and another one, which the message names, could not be. Correct what that one says, or exclude it.',
  },
  DumpArchived: {
    kind: 'Data',
    text: 'The object is in a storage class from which it must be restored first, such as Glacier. Restore it, or exclude it with `spec.source.exclude`.',
  },
  DumpKeyUnsafe: {
    kind: 'Data',
    text: "The object's key has a part `.` or `..`, which would lead to another object. Copy it to another key.",
  },
} as const satisfies Record<string, ErrorEntry>;
