/**
 * Every reason that a catalogue entry gives for its decision (`spec.reason` of a TableIngestion), with what it means. The codes of errors
 * that stop a single dump or table are among them, so that a DataError's code and the entry's reason are the same word.
 */
export const CATALOGUE_REASONS = {
  // Load
  MotherFound: 'The table is loaded; its mother is in the database or is made by this run.',
  OwnTable: 'The table has no mother and is loaded as a table of its own (spec.motherTables.withoutMother: Load).',
  // Skip
  NoMother: 'The table has no mother and is left out (spec.motherTables.withoutMother: Skip).',
  DuplicateDump: 'The dump is there twice, as a link or a copy, and is loaded once.',
  // Fail: what the manifest asks for cannot be done
  MotherMissing: 'The table has no mother and must have one (spec.motherTables.withoutMother: Fail).',
  DumpWithoutFolder: 'The dump lies in no folder, and spec.target.versionTableName takes {folder}.',
  VersionTableClash: 'Two tables would become the same version table.',
  VersionTableIsMother: 'The version table would have the name of a mother table.',
  // Fail: a whole dump; the entry has the table *
  DumpNameDoesNotMatch: "The file's name does not fit spec.format.dumpName.",
  DumpOutsideFolder: 'A symbolic link leads out of the folder of the dumps.',
  DumpMissing: 'The dump is not there any more.',
  DumpUnreadable: 'The file or folder cannot be read.',
  DumpEmpty: 'The file has no bytes.',
  DumpTruncated: 'The file begins like a ZIP and ends before its directory does.',
  DumpNotZip: 'The file is no ZIP.',
  DumpSplit: 'The file is one part of a ZIP that was split.',
  DumpOffsetsWrapped:
    'The ZIP is larger than 4 GiB and not in the ZIP64 format, so that its sizes and offsets are wrong.',
  DumpCorrupt: "The ZIP's directory is damaged.",
  DumpWithoutTables: 'The ZIP has neither schema nor DAT files.',
  TooManyEntries: 'The ZIP has more entries than spec.limits.maxTables allows.',
  OverlappingEntries: 'The entries together are larger than the ZIP: some share their bytes, as in a ZIP bomb.',
  UnsafeEntryName: 'An entry has an absolute path, .., a drive letter or a NUL character in its name.',
  // Fail: one table
  DuplicateEntry: 'Two entries of the ZIP are the same file of a table.',
  SchemaFileMissing: 'There is a DAT file without a schema file.',
  DatFileMissing: 'There is a schema file without a DAT file.',
  DatFileEmpty: 'The DAT file has no bytes, not even a header.',
  EntryEncrypted: 'The entry is encrypted.',
  EntryMethodUnknown: 'The entry is packed by another method than deflate, Deflate64 and Zstandard.',
  EntryTooLarge: 'The entry is larger than spec.limits.maxEntryBytes.',
  EntryRatioTooHigh: 'The entry unpacks to more than spec.limits.maxCompressionRatio times its size.',
  EntryTruncated: 'The entry ends before its data does.',
  EntryCorrupt: "The entry's packed data is damaged.",
  EntryCrcMismatch: 'The unpacked bytes are not those that were packed: their CRC-32 differs.',
  EntryLargerThanDeclared: "The entry unpacks to more bytes than the ZIP's directory declares.",
  SchemaFileTooLarge: 'The schema file is larger than spec.limits.maxSchemaFileBytes.',
  SchemaFileUnreadable: 'The schema file is neither JSON nor YAML.',
  SchemaFileNotAList: 'The schema file is no list of columns.',
  SchemaFileEmpty: 'The schema file names no column.',
  NameNotInEncoding: "The database's encoding has no way to write the name of the table or of a column.",
  TooManyColumns: 'The schema file names more columns than a table can have.',
  SchemaFileColumn: 'An item of the schema file is no column with column_name and column_type.',
  SchemaFileDuplicateColumn: 'The schema file names a column twice.',
} as const satisfies Record<string, string>;

export type CatalogueReason = keyof typeof CATALOGUE_REASONS;
