import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueResult } from '../../../crds/contract/report.ts';
import { measureCatalogue } from '../../../operator/decide/measure-catalogue.ts';
import { catalogueJob, ingestion } from '../fixtures.ts';

const DRIFT = [{ mother: 'rides', versions: 3, added: 1, dropped: 0, retyped: 2 }];
const RESULT: CatalogueResult = {
  ...{ task: 'Catalogue', outcome: 'Succeeded', entries: 1, sha256: '' },
  ...{ drift: DRIFT, seconds: { scan: 0.5, plan: 0.25 } },
};

describe('the measures of a catalogue', () => {
  it('are its time, and the mothers whose versions differ most', () => {
    const measured = measureCatalogue({
      ingestion: ingestion(),
      jobs: [catalogueJob({ state: 'Succeeded', result: RESULT })],
    });
    assert.deepEqual(measured, { catalogueSeconds: 0.75, drift: DRIFT });
  });

  it('stay after its Job is gone', () => {
    const status = { catalogueSeconds: 0.75, drift: DRIFT };
    const found = { ...ingestion(), status: { ...ingestion().status, ...status } };
    assert.deepEqual(measureCatalogue({ ingestion: found, jobs: [] }), status);
  });

  it('have no drift where no versions differ, even if those of an earlier attempt did', () => {
    const found = { ...ingestion(), status: { ...ingestion().status, drift: DRIFT } };
    const jobs = [catalogueJob({ state: 'Succeeded', result: { ...RESULT, drift: [] } })];
    assert.deepEqual(measureCatalogue({ ingestion: found, jobs }), { catalogueSeconds: 0.75 });
  });
});
