import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCondition } from '../../../operator/decide/conditions.ts';
import { catalogueJob, ingestion, NOW, secondsLater } from '../fixtures.ts';
import { actionsFor, CATALOGUE_FAILURE, statusOf } from './decisions.ts';

describe('conditions', () => {
  it('change their time only together with their status', () => {
    const first = statusOf(actionsFor({}));
    const later = statusOf(
      actionsFor(
        { ingestion: ingestion(first), jobs: [catalogueJob({ state: 'Failed', result: CATALOGUE_FAILURE })] },
        secondsLater(9),
      ),
    );
    assert.equal(findCondition(later.conditions, 'Catalogued')?.lastTransitionTime, NOW.toISOString());
    assert.equal(findCondition(later.conditions, 'Failed')?.lastTransitionTime, secondsLater(9).toISOString());
  });

  it('have the observed generation', () => {
    const given = ingestion();
    const status = statusOf(actionsFor({ ingestion: { ...given, metadata: { ...given.metadata, generation: 4 } } }));
    assert.equal(status.observedGeneration, 4);
    assert(status.conditions?.every(({ observedGeneration }) => observedGeneration === 4));
  });

  it('stay within the bounds of the CRD, however long a message is', () => {
    const problem = { reason: 'FailedCreate', message: 'x'.repeat(50_000) };
    const status = statusOf(actionsFor({ jobs: [catalogueJob({ state: 'Pending', problem })] }));
    assert((status.message?.length ?? 0) <= 4096);
    assert(status.conditions?.every(({ message }) => message.length <= 32_768));
  });
});
