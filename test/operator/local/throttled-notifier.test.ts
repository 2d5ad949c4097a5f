import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { ThrottledNotifier } from '../../../operator/local/throttled-notifier.ts';
import { TestClock } from '../test-clock.ts';

function scene() {
  const clock = new TestClock();
  const told: (number | undefined)[] = [];
  const notice = new ThrottledNotifier(clock, ({ ingestion }) => told.push(ingestion.rows));
  const offer = (ingestion: DumpIngestionStatus) => notice.offer({ ingestion, tables: [] });
  return { clock, told, notice, offer };
}

describe('the notice of a change', () => {
  it('comes at once where a state changed', () => {
    const { told, offer } = scene();
    offer({ phase: 'Cataloguing', rows: 0 });
    offer({ phase: 'Loading', rows: 1 });
    offer({ phase: 'Loading', rows: 1, tables: { running: 1 } });
    assert.deepEqual(told, [0, 1, 1]);
  });

  it('comes four times a second where only numbers moved, and the last numbers are not lost', async () => {
    const { clock, told, offer } = scene();
    for (let rows = 0; rows < 100; rows++) {
      offer({ phase: 'Loading', rows });
      await clock.move(10);
    }
    await clock.move(250);
    assert(told.length <= 6, `told ${told.length} times`);
    assert.equal(told.at(-1), 99);
  });

  it('does not come after the end, nor twice for one status', async () => {
    const { clock, told, notice, offer } = scene();
    const status = { phase: 'Loading', rows: 1 } as const;
    offer(status);
    offer(status);
    offer({ ...status, rows: 2 });
    notice.end();
    await clock.move(1000);
    assert.deepEqual(told, [1]);
  });
});
