/**
 * Every reason that a condition or an event gives by itself, with what it means. Two kinds of reasons come from outside instead: a table's
 * from its catalogue entry (`spec.reason`) or its failure (`code`), and those of Jobs that cannot run (`Unschedulable`,
 * `ImagePullBackOff`, ...), which are Kubernetes' own words.
 *
 * A reason with an `event` is told as one when a condition takes it on.
 */
export const REASONS = {
  Waiting: { text: "The table's Job is being deleted; the next one is made when it is gone." },
  Cataloguing: {
    event: 'Normal',
    text: 'The catalogue Job reads what the dumps hold, or its tables are being written down.',
  },
  CatalogueLost: {
    event: 'Warning',
    text: 'The catalogue Job succeeded but its report could not be read whole; the Job is run once more, as long as no load has begun. Or TableIngestions were deleted, and the report is gone that they could be made from again.',
  },
  CatalogueUnreadable: {
    event: 'Warning',
    text: 'The catalogue Job has succeeded and its log cannot be read just now, for instance because its node does not answer. It is tried again; where the pod goes, the Job is run once more.',
  },
  CatalogueInvalid: {
    event: 'Warning',
    text: 'The catalogue Job reported a whole catalogue that cannot be taken: an entry that no TableIngestion can be made of, or more than spec.limits.maxTables or the memory of the operator allow.',
  },
  CatalogueFailed: { event: 'Warning', text: 'The catalogue could not be made, so nothing was loaded.' },
  Catalogued: { event: 'Normal', text: 'Every table of every dump has its TableIngestion.' },
  Loading: { event: 'Normal', text: 'Tables are being loaded.' },
  Finishing: {
    event: 'Normal',
    text: 'All tables are done; the finish Job updates the statistics of the mother tables.',
  },
  FinishFailed: { event: 'Warning', text: 'All tables are loaded, but the finish Job failed.' },
  AllTablesLoaded: { event: 'Normal', text: 'Every table to load is loaded.' },
  NothingToLoad: {
    event: 'Warning',
    text: 'The catalogue has no table to load: no dumps were found, or all tables were skipped.',
  },
  TablesFailed: { event: 'Warning', text: 'Some tables could not be loaded; the others are.' },
  TableFailed: { event: 'Warning', text: 'The table could not be loaded; the others go on.' },
  InProgress: { text: 'It has not ended.' },
  NotFailed: { text: 'It ended well.' },
  Ended: { text: 'It has ended.' },
  Suspended: { event: 'Normal', text: 'spec.suspend is true: no new Job is started.' },
  Resumed: { event: 'Normal', text: 'spec.suspend was true and is false again.' },
  NotSuspended: { text: 'spec.suspend is false.' },
  Expired: {
    event: 'Normal',
    text: 'The run ended spec.ttlSecondsAfterFinished seconds ago and is deleted. An event only.',
  },
  Deleting: {
    event: 'Normal',
    text: 'The DumpIngestion is being deleted: running Jobs are stopped, loaded tables stay.',
  },
  WaitingForSlot: { text: 'As many tables as spec.loading.maxParallelJobs allows are being loaded.' },
  WaitingForAdmission: {
    event: 'Normal',
    text: 'A Job is suspended and waits to be admitted by the queue that spec.queueName names.',
  },
  Starting: { text: "The table's Job is there, its runner has not started." },
  Loaded: { text: 'This run has loaded the table.' },
  AlreadyLoaded: { text: 'The table was found loaded with the same content.' },
  Skipped: { text: 'The table is there with other content and spec.loading.onExisting is Skip.' },
  ResultLost: {
    text: "The table's Job succeeded but its result was lost. It is run once more: the ledger in the database knows the result.",
  },
  JobFailed: { text: 'A Job failed without leaving a result, for instance because its node died once too often.' },
} as const satisfies Record<string, { readonly event?: 'Normal' | 'Warning'; readonly text: string }>;

export type Reason = keyof typeof REASONS;

/** The level of the event that a reason is told as; a reason from outside is that of a Job that cannot run. */
export function eventLevel(reason: string): 'Normal' | 'Warning' | undefined {
  if (!Object.hasOwn(REASONS, reason)) return 'Warning';
  const known = REASONS[reason as Reason];
  return 'event' in known ? known.event : undefined;
}
