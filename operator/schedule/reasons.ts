/**
 * Every reason that the conditions and events of a ScheduledDumpIngestion use, beside those for which a run cannot be created, which are
 * Kubernetes' own (`QuotaExceeded`, `Invalid`, ...).
 */
export const SCHEDULE_REASONS = {
  Scheduled: { text: 'The schedule is valid, and runs are started when they are due.' },
  InvalidSchedule: {
    event: 'Warning',
    text: 'spec.schedule is not a cron expression, or names a day that never comes: no runs are started until it is changed.',
  },
  InvalidTimeZone: {
    event: 'Warning',
    text: 'spec.timeZone is not known: no runs are started until it is changed.',
  },
  Valid: { text: 'The schedule and its time zone are valid.' },
  Suspended: { event: 'Normal', text: 'spec.suspend is true: no runs are started.' },
  NotSuspended: { text: 'spec.suspend is false.' },
  OnTime: { text: 'No run is late.' },
  WaitingForPrevious: {
    event: 'Warning',
    text: 'A run is due, but an earlier one has not ended, and spec.concurrencyPolicy is Forbid. It starts once that has ended.',
  },
  Replacing: {
    event: 'Warning',
    text: 'A run is due, and the earlier one is being deleted (spec.concurrencyPolicy: Replace). It starts once the pods of that one have ended.',
  },
  DeadlineMissed: {
    event: 'Warning',
    text: 'A run could not be started within spec.startingDeadlineSeconds and is left out. The next one starts as usual.',
  },
  RunNameTaken: {
    event: 'Warning',
    text: 'A DumpIngestion with the name of the run that is due exists and does not belong to the schedule. Delete or rename it.',
  },
  RunStarted: { event: 'Normal', text: 'A run was started. Only used in an event.' },
  RunReplaced: {
    event: 'Normal',
    text: 'A run that has not ended is deleted, since the next one is due (spec.concurrencyPolicy: Replace). Only used in an event.',
  },
  RunCompleted: { event: 'Normal', text: 'A run ended successfully. Only used in an event.' },
  RunFailed: { event: 'Warning', text: 'A run failed; the next one starts as usual. Only used in an event.' },
} as const satisfies Record<string, { readonly event?: 'Normal' | 'Warning'; readonly text: string }>;

export type ScheduleReason = keyof typeof SCHEDULE_REASONS;
