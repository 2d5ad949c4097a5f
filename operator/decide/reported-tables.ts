import { packNames } from '../../crds/contract/packed-names.ts';
import { runIdentity } from '../../crds/contract/names.ts';
import type { FinishTask, ReportedTables } from '../../crds/contract/task.ts';
import type { MeasuredTable } from './measured-table.ts';

/** For the names of tables that were found loaded; the task has 128 KiB, of which the mothers take some. */
const NAMES_BYTES = 96 * 1024;

/**
 * What is to be in the database at the end of a run, by what its Jobs reported, and what earlier runs left there that counts in it. `otherNames` takes room
 * in the task as well.
 */
export function reportedTables(
  run: number,
  uid: string,
  tables: readonly MeasuredTable[],
  otherNames: readonly string[],
): Pick<FinishTask, 'own' | 'earlier'> {
  const room = NAMES_BYTES - Buffer.byteLength(JSON.stringify(otherNames));
  const runOf = ({ spec }: MeasuredTable) => spec.run ?? 1;
  const own = reported(
    tables.filter((table) => runOf(table) === run),
    room,
  );
  const ofEarlier = tables.filter((table) => runOf(table) < run);
  const earlier = reported(ofEarlier, room - (own?.found?.packed.length ?? 0));
  if (earlier === undefined) return own === undefined ? {} : { own };
  const loaded = ofEarlier.filter(({ status }) => status.phase === 'Loaded');
  const runs = [...new Set(loaded.map(runOf))].map((each) => runIdentity(uid, each));
  return { ...(own === undefined ? {} : { own }), earlier: { runs, ...earlier } };
}

function reported(tables: readonly MeasuredTable[], maxBytes: number): ReportedTables | undefined {
  const loaded = tables.filter(({ status }) => status.phase === 'Loaded').length;
  const found = tables.flatMap(({ spec, status }) =>
    status.phase === 'AlreadyLoaded' && spec.versionTable !== undefined ? [spec.versionTable] : [],
  );
  if (loaded + found.length === 0) return undefined;
  return { loaded, ...(found.length === 0 ? {} : { found: packNames(found, maxBytes) }) };
}
