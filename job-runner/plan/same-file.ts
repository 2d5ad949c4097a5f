/** What a dump says of a DAT file, and the ledger keeps of the one that was loaded. */
interface DeclaredFile {
  readonly crc32?: string | undefined;
  readonly bytes?: number | undefined;
}

/** Whether the two are taken for the same file without reading it. */
export function isSameFile(one: DeclaredFile | undefined, other: DeclaredFile): boolean {
  return one !== undefined && one.crc32 === other.crc32 && one.bytes === other.bytes;
}
