import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide } from '../../../operator/decide/ingestion.ts';
import { CATALOGUED, catalogueJob, finishJob, ingestion, NOW, observed, secondsLater, table } from '../fixtures.ts';
import { actionsFor, CATALOGUE_FAILURE, events, ofType, statusOf, users } from './decisions.ts';

describe('a run that has ended', () => {
  const complete = statusOf(
    actionsFor({
      ingestion: ingestion(CATALOGUED),
      tables: [table(users, { phase: 'Loaded' })],
      jobs: [finishJob({ state: 'Succeeded' })],
    }),
  );
  const after = (seconds: number, spec: string) =>
    decide(
      observed({ ingestion: ingestion(complete, { spec }), tables: [table(users, { phase: 'Loaded' })] }),
      secondsLater(seconds),
    );

  it('is kept if the manifest sets no TTL', () => {
    assert.deepEqual(after(1e9, ''), { actions: [] });
  });

  it('is kept for its TTL, with the next reconcile at its end or in an hour', () => {
    assert.deepEqual(after(20, 'ttlSecondsAfterFinished: 60'), { actions: [], requeueAfterSeconds: 40 });
    assert.deepEqual(after(59.5, 'ttlSecondsAfterFinished: 60'), { actions: [], requeueAfterSeconds: 1 });
    assert.deepEqual(after(20, 'ttlSecondsAfterFinished: 86400'), { actions: [], requeueAfterSeconds: 3600 });
  });

  it('records an event and is deleted after its TTL', () => {
    for (const [seconds, spec] of [
      [60, 'ttlSecondsAfterFinished: 60'],
      [0, 'ttlSecondsAfterFinished: 0'],
    ] as const) {
      const { actions, requeueAfterSeconds } = after(seconds, spec);
      assert.deepEqual(
        actions.map(({ type }) => type),
        ['EmitEvent', 'DeleteIngestion'],
      );
      assert.deepEqual(events(actions), ['Expired']);
      assert.equal(requeueAfterSeconds, undefined);
    }
  });

  it('is not deleted twice', () => {
    const deleted = ingestion(complete, { spec: 'ttlSecondsAfterFinished: 0', deletionTimestamp: NOW.toISOString() });
    assert.deepEqual(actionsFor({ ingestion: deleted }, secondsLater(9)), []);
  });

  it('is deleted after its TTL if it failed, too', () => {
    const failed = statusOf(actionsFor({ jobs: [catalogueJob({ state: 'Failed', result: CATALOGUE_FAILURE })] }));
    const actions = actionsFor(
      { ingestion: ingestion(failed, { spec: 'ttlSecondsAfterFinished: 5' }) },
      secondsLater(5),
    );
    assert.equal(ofType(actions, 'DeleteIngestion').length, 1);
  });
});
