import { setTimeout as wait } from 'node:timers/promises';
import { SILENT_LOG } from '../../crds/contract/log.ts';
import type { JobSettings } from '../../operator/build/job-template.ts';
import { Controller } from '../../operator/engine/controller.ts';
import { Metrics } from '../../operator/engine/metrics.ts';
import { reconcileSchedule } from '../../operator/engine/reconcile-schedule.ts';
import { reconcile } from '../../operator/engine/reconcile.ts';
import { Caches } from '../../operator/kubernetes/cache/caches.ts';
import { keyOf } from '../../operator/kubernetes/cache/store.ts';
import { accessByKubeconfig } from '../../operator/kubernetes/client/access.ts';
import { KubernetesApi } from '../../operator/kubernetes/client/api.ts';
import { ClusterScheduleWorld } from '../../operator/kubernetes/schedule-world.ts';
import { ClusterWorld } from '../../operator/kubernetes/world.ts';
import { TestClock } from '../operator/test-clock.ts';

const SETTINGS: JobSettings = {
  runnerImage: 'none',
  imagePullPolicy: 'Never',
  allowHostPath: false,
  allowedLabels: [],
  allowedAnnotations: [],
  records: 'Hidden',
  jobTemplate: {},
};

/** The operator in the test's process, on a real apiserver, with a clock for schedules that the test moves. It begins at this machine's time. */
export class OperatorInProcess {
  readonly caches: Caches;
  readonly #clock = new TestClock();
  readonly #base: number;
  readonly #ingestions: Controller;
  readonly #schedules: Controller;
  readonly #stop = new AbortController();
  readonly #watched: Promise<void>;

  private constructor(api: KubernetesApi, base: number) {
    this.#base = base;
    const parts = { metrics: new Metrics(), log: SILENT_LOG, concurrency: 4 };
    const [onChange, onScheduleChange] = [
      (key: string) => this.#ingestions.enqueue(key),
      (key: string) => this.#schedules.enqueue(key),
    ];
    this.caches = new Caches({ api, namespaces: [], onChange, onScheduleChange, onError: () => undefined });
    const world = new ClusterWorld({ api, caches: this.caches, settings: SETTINGS, log: SILENT_LOG, onChange });
    this.#ingestions = new Controller({
      ...{ ...parts, kind: 'DumpIngestion', reconcile: (key) => reconcile(key, world) },
    });
    const schedules = new ClusterScheduleWorld({
      ...{
        api,
        caches: this.caches,
        log: SILENT_LOG,
        onRun: onChange,
        onChange: onScheduleChange,
        now: () => this.now,
      },
    });
    this.#schedules = new Controller({
      ...{ ...parts, kind: 'ScheduledDumpIngestion', clock: this.#clock },
      reconcile: (key) => reconcileSchedule(key, schedules),
    });
    this.#watched = this.caches.run(this.#stop.signal);
  }

  /** `startsAt`: what its clock says first; by default the time. */
  static async start(kubeconfig: string, startsAt = Date.now()): Promise<OperatorInProcess> {
    const operator = new OperatorInProcess(new KubernetesApi(await accessByKubeconfig(kubeconfig)), startsAt);
    while (!operator.caches.isSynced) await wait(50);
    operator.#ingestions.start(Array.from(operator.caches.ingestions.all(), keyOf));
    operator.#schedules.start(Array.from(operator.caches.schedules.all(), keyOf));
    return operator;
  }

  get now(): number {
    return this.#base + this.#clock.now();
  }

  /** Lets the clock of schedules jump to this moment. */
  async moveTo(moment: number): Promise<void> {
    await this.#clock.move(moment - this.now);
  }

  /** Repeats the check until it passes, while a second of the operator's clock passes for each tenth of a second. */
  async until<Result>(what: string, check: () => Result | Promise<Result>, tries = 200): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await check();
      } catch (error) {
        if (attempt === tries) throw new Error(`${what}: ${String(error)}`, { cause: error });
      }
      await this.#clock.move(1000);
      await wait(100);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.#ingestions.stop(), this.#schedules.stop()]);
    this.#stop.abort();
    await this.#watched;
  }
}
