/**
 * Every reason that conditions and events use, with its meaning. Two kinds of reasons are not in this list: a table's reason can come from
 * its catalogue entry (`spec.reason`) or its failure (`code`), and Jobs that cannot run have the reason that Kubernetes gives
 * (`Unschedulable`, `ImagePullBackOff`, ...).
 *
 * A reason with an `event` is also recorded as an event when a condition changes to it.
 */
export const REASONS = {
  Waiting: { text: "The table's Job is being deleted; the next one is created once it no longer exists." },
  Cataloguing: {
    event: 'Normal',
    text: 'The catalogue Job is reading the dumps, or the TableIngestions are being created.',
  },
  CatalogueLost: {
    event: 'Warning',
    text: 'The catalogue Job succeeded, but its report could not be read in full. The Job runs once more, unless a load has started. Or TableIngestions were deleted and the report needed to recreate them no longer exists.',
  },
  CatalogueUnreadable: {
    event: 'Warning',
    text: 'The catalogue Job has succeeded, but its log cannot be read at the moment, for example because its node does not respond. Reading it is retried; if the pod is deleted, the Job runs once more.',
  },
  CatalogueInvalid: {
    event: 'Warning',
    text: 'The catalogue Job reported a catalogue that is not valid: an entry cannot become a TableIngestion, or the catalogue exceeds spec.limits.maxTables or the memory of the operator.',
  },
  CatalogueFailed: { event: 'Warning', text: 'The catalogue could not be created, so nothing was loaded.' },
  Catalogued: { event: 'Normal', text: 'Every table of every dump has its TableIngestion.' },
  Loading: { event: 'Normal', text: 'Tables are being loaded.' },
  Finishing: {
    event: 'Normal',
    text: 'All tables are done; the finish Job is updating the statistics of the mother tables.',
  },
  FinishFailed: { event: 'Warning', text: 'All tables were loaded, but the finish Job failed.' },
  AllTablesLoaded: { event: 'Normal', text: 'Every table to load has been loaded.' },
  NothingToLoad: {
    event: 'Warning',
    text: 'The catalogue has no tables: check spec.source and spec.format.dumpName.',
  },
  TablesGone: {
    event: 'Warning',
    text: 'All tables of this run are loaded, but some of earlier runs, which its numbers count, are no longer there or are empty: somebody dropped or emptied them. `kubectl motherload retry --all` loads them again.',
  },
  AllTablesSkipped: {
    event: 'Warning',
    text: 'Every table was skipped, so nothing was loaded. The messages of the TableIngestions say why.',
  },
  TablesFailed: { event: 'Warning', text: 'Some tables could not be loaded; all others have been.' },
  TableFailed: { event: 'Warning', text: 'The table could not be loaded; the other tables are not affected.' },
  InProgress: { text: 'The run or the load has not ended.' },
  NotFailed: { text: 'The run or the load ended successfully.' },
  Ended: { text: 'The run or the load has ended.' },
  Suspended: { event: 'Normal', text: 'spec.suspend is true: no new Jobs are started.' },
  Resumed: { event: 'Normal', text: 'spec.suspend was true and is false again.' },
  NotSuspended: { text: 'spec.suspend is false.' },
  Stalled: {
    event: 'Warning',
    text: 'Several loads failed with the same error, which is not about their tables: no more Jobs are started, and the other tables stay pending. One is tried again after a while, or once the manifest is changed.',
  },
  NotStalled: { text: 'Loads are started as usual.' },
  Triggered: {
    event: 'Normal',
    text: 'spec.trigger has changed, so the DumpIngestion runs again. Only used in an event.',
  },
  Expired: {
    event: 'Normal',
    text: 'The run ended spec.ttlSecondsAfterFinished seconds ago, and its DumpIngestion is deleted. Only used in an event.',
  },
  Deleting: {
    event: 'Normal',
    text: 'The DumpIngestion is being deleted: running Jobs are stopped, loaded tables are kept.',
  },
  NoProgress: {
    event: 'Warning',
    text: 'Jobs are running, and for a minute none of their loads has reported anything new: the database may be waiting for a lock, or a volume or node may not answer.',
  },
  WaitingForSlot: { text: 'All slots of spec.loading.maxParallelJobs are taken by other loads.' },
  WaitingForAdmission: {
    event: 'Normal',
    text: 'A Job is suspended and waits for admission by the queue in spec.queueName.',
  },
  Starting: { text: "The table's Job exists; its runner has not started." },
  Loaded: { text: 'This run has loaded the table.' },
  LoadedWithRejects: {
    event: 'Warning',
    text: 'The table, or tables of the run, are loaded without records that could not be: no more than spec.rejects allows. They are in the table rejects of the ledger.',
  },
  AlreadyLoaded: { text: 'The table had already been loaded with the same content.' },
  Skipped: { text: 'The table exists with different content, and spec.loading.onExisting is Skip.' },
  BatchFailed: {
    text: 'The Job that the table shared with others failed before the table had ended. The table is loaded in a Job of its own.',
  },
  ResultLost: {
    text: "The table's Job succeeded, but its result was lost. The Job runs once more and takes the result from the ledger in the database.",
  },
  AttemptFailed: {
    event: 'Warning',
    text: 'An attempt of a Job ended without a result. Kubernetes begins the next one after a pause.',
  },
  PodTerminating: {
    event: 'Warning',
    text: 'A pod was to be gone and is not: its node does not answer. The next attempt begins once the node is back, or is deleted, or has the taint node.kubernetes.io/out-of-service.',
  },
  ContainerNotReady: {
    event: 'Warning',
    text: 'A container that a webhook has put before the runner has not ended for a minute.',
  },
  ContainerNotEnded: {
    event: 'Warning',
    text: 'The runner has ended, but a container that a webhook has put beside it has not, so the Job cannot end.',
  },
  JobFailed: { text: 'A Job failed without a result, for example because its nodes failed too often.' },
} as const satisfies Record<string, { readonly event?: 'Normal' | 'Warning'; readonly text: string }>;

export type Reason = keyof typeof REASONS;

/** The level of a reason's event, if it has one; a reason that is not in the list is that of a Job that cannot run. */
export function eventLevel(reason: string, reasons: Reasons = REASONS): 'Normal' | 'Warning' | undefined {
  const known = Object.hasOwn(reasons, reason) ? reasons[reason] : undefined;
  return known === undefined ? 'Warning' : known.event;
}

type Reasons = Readonly<Record<string, { readonly event?: 'Normal' | 'Warning'; readonly text: string }>>;
