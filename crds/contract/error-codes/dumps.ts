import type { ErrorEntry } from './error-entry.ts';

export const DUMP_ERRORS = {
  DumpNameDoesNotMatch: {
    kind: 'Manifest',
    text: 'The file name does not match `spec.format.dumpName`. Rename the file, change the pattern, or exclude the file with `spec.source.exclude`.',
  },
  DumpOutsideFolder: {
    kind: 'Data',
    text: 'A symbolic link leads out of the dumps folder. Put the file itself into the folder.',
  },
  DumpMissing: { kind: 'Data', text: 'The file was there and is gone. Put it back, or run without it.' },
  DumpUnreadable: {
    kind: 'Data',
    text: 'The file or folder cannot be read, or is not a regular file. Check the volume.',
  },
  DumpPermissionDenied: {
    kind: 'Manifest',
    text: "The runner's user, which the message names, may not read the file or folder. Change its owner or mode on the volume.",
  },
  DumpEmpty: { kind: 'Data', text: 'The file has no bytes. Copy it again, or create the dump again.' },
  DumpTruncated: {
    kind: 'Data',
    text: "The file starts like a ZIP and ends before the ZIP does. Copy it again and compare its size with the original's.",
  },
  DumpNotZip: {
    kind: 'Data',
    text: 'The file is not a ZIP. Create the dump again, or exclude the file with `spec.source.exclude`.',
  },
  DumpSplit: {
    kind: 'Data',
    text: 'The file is one part of a split ZIP. Join the parts: `zip -s 0 parts.zip --out whole.zip`.',
  },
  DumpOffsetsWrapped: {
    kind: 'Data',
    text: 'The ZIP is larger than 4 GiB without ZIP64, as Archive Utility of macOS writes it. Create it with `zip` or 7-Zip.',
  },
  DumpCorrupt: { kind: 'Data', text: "The ZIP's directory is damaged. Copy the dump again, or create it again." },
  DumpIncomplete: {
    kind: 'Data',
    text: 'MySQL Shell writes `@.done.json` last, and the ZIP has none: the dump was interrupted, or packed while it was written. Create it again.',
  },
  DumpWithoutTables: {
    kind: 'Data',
    text: 'The ZIP has no schema and DAT files. Check `spec.format.schemaExtension` and `spec.format.datExtension`.',
  },
  DumpChanged: {
    kind: 'Data',
    text: 'The dump was replaced after the catalogue was made. Run the ingestion again.',
  },
  DumpEncrypted: {
    kind: 'Manifest',
    text: 'The dump is encrypted, and nothing says by which key. Set `spec.source.decryption.gpg`, or give `--gpg-key` ([how](encrypted-dumps.md)).',
  },
  GpgMissing: {
    kind: 'Manifest',
    isShared: true,
    text: "The dumps are encrypted, and there is no `gpg` on the PATH. Install GnuPG 2.2 or later; the runner's image has it.",
  },
  GpgFailed: {
    kind: 'Transient',
    text: "The folder for gpg's keys cannot be written. It is retried.",
  },
  GpgDied: {
    kind: 'Transient',
    text: 'The program `gpg` was killed while it decrypted. Nothing of the dump is loaded; it is read again.',
  },
  DecryptionKeyInvalid: {
    kind: 'Manifest',
    isShared: true,
    text: 'The key of `keySecretRef` or `--gpg-key` is not one that gpg imports, or a public key alone. Export it with `gpg --export-secret-keys --armor`.',
  },
  DecryptionKeyMissing: {
    kind: 'Manifest',
    text: 'The dump is encrypted for a key, which the message names, whose secret part is not among those given. Put it into the Secret of `keySecretRef`, or encrypt the dump for yours.',
  },
  DecryptionPassphrase: {
    kind: 'Manifest',
    text: 'The passphrase of the key or of the message is missing or wrong. Correct the Secret of `passphraseSecretRef`, or `--gpg-passphrase-file`.',
  },
  MessageInvalid: {
    kind: 'Data',
    text: 'The file is not an OpenPGP message, whatever its name says. Encrypt the ZIP with gpg, or rename it.',
  },
  MessageTruncated: {
    kind: 'Data',
    text: "The file ends before its OpenPGP message does. Copy it again and compare its size with the original's.",
  },
  MessageFollowed: {
    kind: 'Data',
    text: 'Bytes or a second message follow the OpenPGP message, and nobody knows what they are. Create the dump as one message alone.',
  },
  MessageDamaged: {
    kind: 'Data',
    text: 'The program `gpg` finds that the message is damaged or was changed. Nothing of it is loaded. Copy the dump again, or create it again.',
  },
  EncryptedLayout: {
    kind: 'Data',
    text: 'The directory of the encrypted ZIP is larger than 16 MiB, or does not lie at its end. Create the dump with `zip`, with fewer files.',
  },
  TooManyEntries: {
    kind: 'Data',
    text: 'The ZIP has more entries than `spec.limits.maxTables` allows. Raise the limit if you trust the dump.',
  },
  OverlappingEntries: {
    kind: 'Data',
    text: 'The entries together are larger than the ZIP, so some share their bytes, as in a ZIP bomb. Do not load it.',
  },
  UnsafeEntryName: {
    kind: 'Data',
    text: "An entry's name is an absolute path, or has `..`, a drive letter or a NUL character. Do not load a ZIP from an unknown source; create the dump again otherwise.",
  },
} as const satisfies Record<string, ErrorEntry>;
