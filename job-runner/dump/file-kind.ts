/** Signatures of what is found instead of a ZIP, at the start of the file or at an offset. */
const KINDS: readonly (readonly [kind: string, signature: string, at?: number])[] = [
  ['a 7z archive', '7z\xbc\xaf\x27\x1c'],
  ['a RAR archive', 'Rar!\x1a\x07'],
  ['a gzip file', '\x1f\x8b'],
  ['a bzip2 file', 'BZh'],
  ['an XZ file', '\xfd7zXZ\x00'],
  ['a Zstandard file', '\x28\xb5\x2f\xfd'],
  ['a tar archive', 'ustar', 257],
  ['an HTML page', '<!DOCTYPE'],
  ['an HTML page', '<html'],
  ['an XML document, perhaps an error of a file server', '<?xml'],
  ['an encrypted OpenPGP message', '-----BEGIN PGP MESSAGE-----'],
  ['a PDF document', '%PDF-'],
];

/** What a file that is not a ZIP seems to be, by its first bytes; undefined if they do not match anything known. */
export function describeFileKind(start: Buffer): string | undefined {
  const text = start.toString('latin1', 0, 512).toLowerCase();
  const kind = KINDS.find(([, signature, at = 0]) => text.startsWith(signature.toLowerCase(), at));
  return kind?.[0];
}
