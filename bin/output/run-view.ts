import type { LocalView } from '../../operator/local/run-locally.ts';

/** The state of a run, as the resources have it. */
export type RunView = LocalView;
export type TableView = LocalView['tables'][number];

const FINISHED = ['Loaded', 'AlreadyLoaded', 'Skipped', 'Failed'];

export function isFinished(table: TableView): boolean {
  return FINISHED.includes(table.status.phase ?? 'Pending');
}
