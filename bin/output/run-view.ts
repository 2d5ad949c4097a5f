import type { LocalView } from '../../operator/local/run-locally.ts';

/** A run as it is shown, in the resources' own words. */
export type RunView = LocalView;
export type TableView = LocalView['tables'][number];

const FINISHED = ['Loaded', 'AlreadyLoaded', 'Skipped', 'Failed'];

export function isFinished(table: TableView): boolean {
  return FINISHED.includes(table.status.phase ?? 'Pending');
}
