import type { ErrorEntry } from './error-entry.ts';

export const MANIFEST_ERRORS = {
  ManifestFile: { kind: 'Manifest', text: 'The file given with `-f` cannot be read. Check its path.' },
  NotYaml: { kind: 'Manifest', text: 'The file given with `-f` is not valid YAML. The message names the line.' },
  NoName: {
    kind: 'Manifest',
    text: 'A document has no `metadata.name`, or its name or namespace is not one that Kubernetes allows. Use lower-case letters, digits and `-`.',
  },
  NoIngestion: { kind: 'Manifest', text: 'The files given with `-f` have no DumpIngestion. Add one.' },
  DuplicateObject: {
    kind: 'Manifest',
    text: 'The files define the same DumpIngestion, Secret or ConfigMap twice. Remove one.',
  },
  NotText: {
    kind: 'Manifest',
    text: 'An entry of a ConfigMap or Secret is not text: quote it, or write `key: |` and indent what follows. Or one below `data` of a Secret is not base64: write it as it is below `stringData`.',
  },
  InvalidManifest: {
    kind: 'Manifest',
    text: 'The manifest has invalid fields. Each problem is listed with its path; [reference.md](reference.md) describes all fields.',
  },
  InvalidSchedule: {
    kind: 'Manifest',
    text: '`spec.schedule` of a ScheduledDumpIngestion is not a cron expression, or names a day that never comes. The message says what to write; [schedules.md](schedules.md) has what is allowed.',
  },
  InvalidTimeZone: {
    kind: 'Manifest',
    text: '`spec.timeZone` of a ScheduledDumpIngestion is not known. Write a name of the IANA database, such as `Europe/Berlin`.',
  },
  NoConfigMap: {
    kind: 'Manifest',
    text: 'A dialect refers to a ConfigMap, or a key of one, that is in none of the files. Give its file with another `-f`.',
  },
  DialectFileMissing: {
    kind: 'Manifest',
    isShared: true,
    text: 'The type map of a dialect is not mounted. Check that the ConfigMap exists and has the key.',
  },
  NoSecretKey: {
    kind: 'Manifest',
    text: '`spec.target.databaseSecretRef` names a key that the Secret does not have. Correct the key; the message lists those that it has.',
  },
  NoCertificate: {
    kind: 'Manifest',
    text: '`spec.target.tls` refers to a Secret or ConfigMap, or a key of one, that is in none of the files. Give its file with another `-f`.',
  },
  NoDatabaseUri: {
    kind: 'Manifest',
    isShared: true,
    text: 'The runner got no database URI. `spec.target.databaseSecretRef` must name a key of a Secret with the URI.',
  },
  CannotWatch: {
    kind: 'Manifest',
    text: '`motherload run --watch` is for folders, and for policies that drop nothing. Use a ScheduledDumpIngestion for a bucket, and the policy `Create`.',
  },
  DumpsFolder: {
    kind: 'Manifest',
    isShared: true,
    text: 'The dumps folder does not exist or cannot be read. Check `spec.source.path`, the volume, or `--dumps`.',
  },
  ReplayDiffers: {
    kind: 'Manifest',
    text: 'Rejects cannot be loaded again by themselves: the dump has other content now, or by the manifest the table has other columns, or a record is another one, or somebody removed the rows that were loaded. Load the dump again with `spec.loading.onExisting: Replace`.',
  },
  NoLedger: {
    kind: 'Manifest',
    text: 'The schema given with `--ledger-schema` has no ledger. Name that of `spec.target.ledgerSchema`.',
  },
  RejectsExport: {
    kind: 'Manifest',
    text: '`motherload rejects` was given a version table that the ledger does not have; or `--export` cannot write the file, or several schemas have such a version table. The message says which.',
  },
  ReportFile: {
    kind: 'Manifest',
    text: 'The file of the report cannot be written. Choose another one.',
  },
  NothingToVerify: {
    kind: 'Manifest',
    text: '`motherload verify` was given a version table that the dumps of the manifest do not load. Check its name, `-f` and `--dumps`.',
  },
  NotADump: {
    kind: 'Manifest',
    text: '`motherload sniff` was given no ZIP, or one without a table. Name the ZIP of a dump.',
  },
  NoDumps: {
    kind: 'Manifest',
    text: 'No file matches `spec.source.include`. Check `spec.source`, and that the dumps are there.',
  },
  TooMuchToSearch: {
    kind: 'Manifest',
    text: 'The folder has too many files or too many levels to search. Set `spec.source.path` to the dumps folder.',
  },
  TooManyTables: {
    kind: 'Manifest',
    text: 'The dumps have more tables than `spec.limits.maxTables`. Raise the limit, or narrow `spec.source.include`. Of a source database at most 100 tables can be read as of one moment (`snapshot: AllTables`).',
  },
  DumpNamePattern: { kind: 'Manifest', text: '`spec.format.dumpName` is not a valid pattern. Correct it.' },
  VersionTableName: {
    kind: 'Manifest',
    text: '`spec.target.versionTableName` gives an empty name, or uses `{app}` where `spec.format.dumpName` has no such part.',
  },
  DumpWithoutFolder: {
    kind: 'Manifest',
    text: '`spec.target.versionTableName` uses `{folder}`, and the dump is in no folder. Move it into one, or remove `{folder}`.',
  },
  VersionTableClash: {
    kind: 'Manifest',
    text: 'Two tables would become the same version table; the message names both. Add `{app}` or `{folder}` to `spec.target.versionTableName`, or exclude one dump.',
  },
  VersionTableIsMother: {
    kind: 'Manifest',
    text: 'A version table would have the name of a mother table. Change `spec.target.versionTableName`.',
  },
  UnknownDialect: {
    kind: 'Manifest',
    text: 'A dialect is neither built in nor defined in `spec.format.dialects`. See [type-maps.md](type-maps.md).',
  },
  TypeMap: {
    kind: 'Manifest',
    text: 'The type map of a dialect is not valid. The message names the line; see [type-maps.md](type-maps.md).',
  },
  UnknownType: {
    kind: 'Manifest',
    text: 'The dialect does not know the type of a column, and `spec.format.unknownTypes` is `Fail`. Add the type to the type map, or use `Text`.',
  },
  ColumnEncoding: {
    kind: 'Manifest',
    text: '`spec.format.columnEncodings` can name UTF8 and single-byte encodings alone, and so must the encoding of the file be. Change one of them.',
  },
  NullMarkerNotInEncoding: {
    kind: 'Manifest',
    text: '`spec.format.nullMarker` has a character that is not in the encoding of the DAT file, so no field could be NULL. Change it, or `spec.format.encoding`.',
  },
  RawInEncoding: {
    kind: 'Manifest',
    text: '`spec.format.binaryValues` is `Raw`, which is not possible in this encoding. Export binary columns as hexadecimal digits, or the file as UTF8.',
  },
  UnknownEncoding: {
    kind: 'Manifest',
    text: '`spec.format.encoding` is not a known encoding. Use a name that PostgreSQL has, such as `UTF8`, `LATIN1` or `WIN1252`, or UTF16LE, UTF16BE or a DOS code page (`CP850`).',
  },
  BytesInText: {
    kind: 'Manifest',
    text: 'MySQL Shell wrote the bytes of a column in base64, and in the mother table it has another type than `bytea`. Change its type.',
  },
  FormatContradicted: {
    kind: 'Manifest',
    text: "A field of `spec.format` is another one than what the source's own tool wrote beside the DAT file, such as bcp's `.fmt`. Remove one of them.",
  },
  HostPathNotAllowed: {
    kind: 'Manifest',
    text: 'The operator does not allow `hostPath` volumes. Use a PersistentVolumeClaim.',
  },
  MetadataNotAllowed: {
    kind: 'Manifest',
    text: 'The operator does not allow this label or annotation in `spec.jobTemplate`. Remove it, or have the administrator add it to `runner.allowedLabels` or `runner.allowedAnnotations` in the chart.',
  },
  TaskTooLarge: {
    kind: 'Manifest',
    text: 'The manifest is too large for a Job. Shorten `spec.motherTables.definitions`, or create these tables in the database.',
  },
  InvalidOption: {
    kind: 'Manifest',
    text: 'The operator was started with an invalid option, with a port that another program uses, or with a kubeconfig that cannot be read. The message names it.',
  },
  NoTask: {
    kind: 'Manifest',
    isShared: true,
    text: 'The runner got no task. It was started by hand, or operator and runner have different versions.',
  },
} as const satisfies Record<string, ErrorEntry>;
