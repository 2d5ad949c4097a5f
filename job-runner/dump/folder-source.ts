import { FileReader } from './dump-reader.ts';
import type { DumpSource } from './dump-source.ts';
import { findDumps, resolveDump } from './find-dumps.ts';

/** The dumps of a folder, which a volume is for a runner. */
export function folderSource(folder: string): DumpSource {
  return {
    location: folder,
    list: (globs) => findDumps(folder, globs),
    open: async (file) => await FileReader.open(await resolveDump(folder, file), file),
  };
}
