import assert from 'node:assert/strict';
import { momentOfRun, scheduledRunName } from '../../../crds/contract/names.ts';
import type { ScheduledDumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { reconcileSchedule, type ScheduleWorld } from '../../../operator/engine/reconcile-schedule.ts';
import type { Requeue } from '../../../operator/engine/reconcile.ts';
import type { ScheduleAction } from '../../../operator/schedule/action.ts';
import type { ObservedRun, ObservedSchedule, ScheduleSpec } from '../../../operator/schedule/observed.ts';
import { deepFreeze } from '../fixtures.ts';
import { checkStatus } from '../decide/check-status.ts';
import { Crash } from '../decide/model-world.ts';
import { schedule } from './fixtures.ts';

const SECOND = 1000;

type ModelRun = ObservedRun & { readonly startedAt: number };

/**
 * An apiserver with one schedule and its runs, and an operator, in memory: time passes only when the test says so, and the clock that the operator
 * reads may be another. It fails if a decision violates an invariant.
 */
export class ModelSchedule implements ScheduleWorld {
  /** Every run that was ever created, by moment, in the order of creation. */
  readonly started: string[] = [];
  readonly events: string[] = [];
  actionsUntilCrash = Infinity;
  isRejecting = false;
  /** How long a run takes; Infinity: it never ends. */
  runSeconds = 60;
  #observed: ObservedSchedule;
  #runs: ModelRun[] = [];
  #now: number;
  #lead = 0;

  constructor(spec: Partial<ScheduleSpec>, created: string) {
    this.#now = Date.parse(created);
    const { metadata } = schedule();
    this.#observed = schedule({ spec, metadata: { ...metadata, creationTimestamp: created } });
  }

  /** What the operator's clock says. */
  now(): Date {
    return new Date(this.#now + this.#lead);
  }

  get status(): ScheduledDumpIngestionStatus {
    return this.#observed.status;
  }

  get activeRuns(): number {
    return this.#runs.filter(({ outcome }) => outcome === undefined).length;
  }

  /** Changes the manifest. */
  change(spec: Partial<ScheduleSpec>): void {
    const { metadata } = this.#observed;
    this.#observed = {
      ...this.#observed,
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: { ...this.#observed.spec, ...spec },
    };
  }

  /** Sets the operator's clock this far ahead of time. */
  setClock(seconds: number): void {
    this.#lead = seconds * SECOND;
  }

  /** Time passes without an operator. */
  outage(seconds: number): void {
    this.#pass(seconds * SECOND);
  }

  /** The operator runs until this time: it reconciles when it asked to be, and after each change. */
  async runUntil(time: string): Promise<void> {
    const end = Date.parse(time);
    while (this.#now < end) {
      const requeue = await this.#settle();
      const seconds = requeue?.afterSeconds ?? 60;
      assert(seconds > 0 && seconds <= 60, 'it asks to be reconciled within a minute');
      this.#pass(Math.min(Math.max(1000, seconds * SECOND), end - this.#now));
    }
    await this.#settle();
  }

  observe(): Promise<ObservedSchedule> {
    const problem = this.isRejecting ? { problem: { reason: 'QuotaExceeded', message: 'exceeded quota' } } : {};
    return Promise.resolve(deepFreeze({ ...this.#observed, runs: [...this.#runs], ...problem }));
  }

  act(action: ScheduleAction): Promise<void> {
    if (this.actionsUntilCrash-- <= 0) return Promise.reject(new Crash());
    if (action.type === 'CreateRun') this.#create(action.name, action.moment);
    else if (action.type === 'DeleteRun') this.#delete(action.name, action.because);
    else if (action.type === 'WriteScheduleStatus') {
      checkStatus('ScheduledDumpIngestion', action.status);
      this.#observed = { ...this.#observed, status: action.status };
    } else this.events.push(`${action.reason}: ${action.message}`);
    return Promise.resolve();
  }

  #create(name: string, moment: number): void {
    if (this.isRejecting || this.#runs.some((run) => run.name === name)) return;
    assert.equal(name, scheduledRunName('nightly', moment));
    assert.equal(momentOfRun('nightly', name), moment);
    assert(moment <= this.now().getTime(), 'a run is started before it is due');
    const { concurrencyPolicy, suspend } = this.#observed.spec;
    assert(!suspend, 'a run is started while suspended');
    assert(concurrencyPolicy === 'Allow' || this.activeRuns === 0, 'a run is started beside another one');
    this.started.push(new Date(moment).toISOString().slice(0, 16));
    this.#runs.push({ name, moment, creationTimestamp: this.now().toISOString(), startedAt: this.#now });
  }

  #delete(name: string, because: string): void {
    const run = this.#runs.find((one) => one.name === name);
    assert.equal(run?.outcome === undefined, because === 'Replaced', 'only ended runs are history');
    // Its Jobs take a few seconds to end.
    this.#runs = this.#runs.flatMap((one) =>
      one.name !== name ? [one] : because === 'History' ? [] : [{ ...one, deleting: true, startedAt: this.#now }],
    );
  }

  /** Reconciles until nothing changes any more, as the watches would have it. */
  async #settle(): Promise<Requeue> {
    for (let turns = 0; turns < 10; turns++) {
      const before = JSON.stringify([this.#observed.status, this.#runs]);
      const requeue = await this.#reconcile();
      if (JSON.stringify([this.#observed.status, this.#runs]) === before) return requeue;
    }
    return assert.fail('it does not come to rest');
  }

  /** After a crash the operator starts again. */
  async #reconcile(): Promise<Requeue> {
    try {
      return await reconcileSchedule('default/nightly', this);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.actionsUntilCrash = Infinity;
      return await reconcileSchedule('default/nightly', this);
    }
  }

  #pass(milliseconds: number): void {
    this.#now += milliseconds;
    this.#runs = this.#runs.flatMap((run): ModelRun[] => {
      const age = this.#now - run.startedAt;
      if (run.deleting === true) return age < 5 * SECOND ? [run] : [];
      if (run.outcome !== undefined || age < this.runSeconds * SECOND) return [run];
      const completionTime = new Date(run.startedAt + this.runSeconds * SECOND).toISOString();
      return [{ ...run, outcome: 'Complete', completionTime, message: 'all tables loaded' }];
    });
  }
}
