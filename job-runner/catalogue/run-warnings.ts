import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import { entryWarnings } from './entry-warnings.ts';

/** What concerns more than one table, one sentence each. */
export interface RunWarnings {
  /** By the file of the dump that it is about. */
  readonly ofDumps: ReadonlyMap<string, string>;
  readonly ofRun: readonly string[];
}

/** The entries with these warnings, each at the first table of its dump, or of the run, that is loaded: that is where warnings are read. */
export function withRunWarnings(
  entries: readonly TableIngestionSpec[],
  { ofDumps, ofRun }: RunWarnings,
): readonly TableIngestionSpec[] {
  const open = new Map(ofDumps);
  let rest = ofRun;
  return entries.map((entry) => {
    if (entry.decision !== 'Load') return entry;
    const ofDump = open.get(entry.dump.file);
    const warnings = [...(ofDump === undefined ? [] : [ofDump]), ...rest];
    open.delete(entry.dump.file);
    rest = [];
    if (warnings.length === 0) return entry;
    return { ...entry, warnings: entryWarnings(warnings) };
  });
}
