import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { CataloguedDump, DumpStamp } from '../database/archived-dumps.ts';
import type { DumpTable } from './dump-table.ts';

/** What the ledger records of each dump for its archive. `entries` are those of `tables`, in the same order. */
export function cataloguedDumps(
  tables: readonly DumpTable[],
  entries: readonly TableIngestionSpec[],
): readonly CataloguedDump[] {
  const entriesOf = Map.groupBy(entries, ({ dump }) => dump.file);
  const dumps: CataloguedDump[] = [];
  for (const [file, [first]] of Map.groupBy(tables, ({ dump }) => dump.file)) {
    const stamp = first && stampOf(first);
    // What cannot be told from a later file of its name stays where it is, and so does a link to another dump.
    if (first === undefined || stamp === undefined || first.duplicate?.isLink === true) continue;
    // A copy has what the dump has that is loaded in its place.
    const own = entriesOf.get(first.duplicate?.file ?? file) ?? [];
    const { app, version } = first.dump;
    const count = (decision: TableIngestionSpec['decision']) =>
      own.filter((entry) => entry.decision === decision).length;
    dumps.push({
      file,
      app,
      version,
      stamp,
      tables: own.flatMap(toVersion),
      failed: count('Fail'),
      leftOut: count('Skip'),
    });
  }
  return dumps;
}

function stampOf({ stamp, dump }: DumpTable): DumpStamp | undefined {
  return stamp ?? (dump.object === undefined ? undefined : { ...dump.object });
}

function toVersion({ decision, versionTable, dat }: TableIngestionSpec): CataloguedDump['tables'] {
  if (decision !== 'Load' && decision !== 'Keep') return [];
  const { crc32 = '', bytes = 0 } = dat ?? {};
  return [{ versionTable: versionTable ?? '', crc32, bytes, wasLoaded: decision === 'Keep' }];
}
