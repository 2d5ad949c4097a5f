import type { PlannedLedgerRow } from './ledger-statements.ts';

/**
 * The comment that marks a version table. A table is Motherload's only where the ledger knows it and its comment names the same load. That
 * survives dump and restore, which object identifiers do not, and a table that somebody recreates under the same name does not have it.
 */
export function versionTableComment({
  loadId,
  dumpFile,
  entry,
}: Pick<PlannedLedgerRow, 'loadId' | 'dumpFile' | 'entry'>): string {
  return `Loaded by Motherload from ${dumpFile}:${entry}, ${loadMark({ loadId })}`;
}

/** Whether a comment names this load. */
export function marksLoad(comment: string | null, load: Pick<PlannedLedgerRow, 'loadId'>): boolean {
  return comment?.endsWith(loadMark(load)) === true;
}

/** The end of the comment. */
export function loadMark({ loadId }: Pick<PlannedLedgerRow, 'loadId'>): string {
  return `load ${loadId}`;
}
