import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { ThrottledNotifier } from '../../../operator/local/throttled-notifier.ts';
import { TestClock } from '../test-clock.ts';

function scene() {
  const clock = new TestClock();
  const notified: (number | undefined)[] = [];
  const notifier = new ThrottledNotifier(clock, ({ ingestion }) => notified.push(ingestion.rows));
  const update = (ingestion: DumpIngestionStatus) => notifier.update({ ingestion, tables: [] });
  return { clock, notified, notifier, update };
}

describe('ThrottledNotifier', () => {
  it('notifies immediately of a changed state', () => {
    const { notified, update } = scene();
    update({ phase: 'Cataloguing', rows: 0 });
    update({ phase: 'Loading', rows: 1 });
    update({ phase: 'Loading', rows: 1, tables: { running: 1 } });
    assert.deepEqual(notified, [0, 1, 1]);
  });

  it('notifies four times per second of changed numbers, and does not lose the last ones', async () => {
    const { clock, notified, update } = scene();
    for (let rows = 0; rows < 100; rows++) {
      update({ phase: 'Loading', rows });
      await clock.move(10);
    }
    await clock.move(250);
    assert(notified.length <= 6, `notified ${notified.length} times`);
    assert.equal(notified.at(-1), 99);
  });

  it('does not notify after its end, nor twice of one status', async () => {
    const { clock, notified, notifier, update } = scene();
    const status = { phase: 'Loading', rows: 1 } as const;
    update(status);
    update(status);
    update({ ...status, rows: 2 });
    notifier.end();
    await clock.move(1000);
    assert.deepEqual(notified, [1]);
  });
});
