/** The line that ends the data of COPY, as in pg_dump's files, and the empty lines behind it. */
const COPY_END = /(^|\n)\\\.(?:\r?\n)*$/;

/** A text without that line, and whether it has it. */
export function cutCopyEnd(text: string): { readonly text: string; readonly isCopy: boolean } {
  return { text: text.replace(COPY_END, '$1'), isCopy: COPY_END.test(text) };
}
