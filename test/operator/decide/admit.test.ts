import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admit } from '../../../operator/decide/admit.ts';
import { readsPerTable } from '../../../operator/decide/observed.ts';
import { CATALOGUED, entry, ingestion, loadJob, table } from '../fixtures.ts';
import { actionsFor, courses, created, loadingRun, DATABASE } from './decisions.ts';

describe('admit', () => {
  it('starts the largest tables first, as many as there are slots', () => {
    const one = actionsFor(
      loadingRun({ ingestion: ingestion(CATALOGUED, { spec: 'loading: { maxParallelJobs: 1 }' }) }),
    );
    assert.deepEqual(
      created(one).map((work) => work.kind === 'Load' && work.table.table),
      ['courses'],
    );
    assert.equal(created(actionsFor(loadingRun())).length, 2);
    assert.equal(created(actionsFor(loadingRun({ jobs: [loadJob(courses), loadJob(entry('other'))] }))).length, 0);
  });

  it('tries one Job while the apiserver would reject each, and all while it rejects one for what it is', () => {
    const created = (reason: string) =>
      actionsFor(loadingRun({ problem: { reason, message: 'no' } })).filter(({ type }) => type === 'CreateJob').length;
    assert.deepEqual(['QuotaExceeded', 'WebhookFailed', 'TaskTooLarge'].map(created), [1, 1, 2]);
  });

  it('loads the tables of an encrypted dump by one Job, whatever their size, and those of other dumps by their own', () => {
    const [first, ...others] = ['crm_v1.zip.gpg', 'crm_v1.zip.gpg', 'crm_v2.zip.pgp', 'crm_v3.zip'].map((file, index) =>
      table(
        entry(`table${index}`, {
          dump: { file, version: 'v1' },
          dat: { entry: 'a.dat', bytes: 1e9 * (4 - index), compressedBytes: 1, crc32: '0badcafe' },
        }),
      ),
    );
    assert(first !== undefined);
    const plain = ingestion(CATALOGUED, { spec: 'loading: { tablesPerJob: 1, maxParallelJobs: 8 }' });
    const decryption = { gpg: { keySecretRef: { name: 'gpg', key: 'gpg-key' } } };
    const run = { ...plain, spec: { ...plain.spec, source: { ...plain.spec.source, decryption } } };
    const jobs = admit(run, [first, ...others], []);
    assert.deepEqual(
      jobs.map(({ work }) => work.kind),
      ['LoadBatch', 'Load', 'Load'],
    );
    assert.deepEqual(
      jobs.map(({ work }) => (work.kind === 'LoadBatch' ? work.tables.map(({ spec }) => spec.table) : [])),
      [['table0', 'table1'], [], []],
    );
    const alone = admit(run, [first, ...others], [], (table) => table === first);
    assert.deepEqual(
      alone.map(({ work }) => work.kind),
      ['Load', 'Load', 'Load', 'Load'],
    );
  });

  it('reads by no more connections of a source database at the same time than it allows', () => {
    const { spec, ...rest } = ingestion(CATALOGUED);
    const { volume, ...source } = spec.source;
    assert(volume !== undefined);
    const limited = { ...DATABASE, includeTables: ['*'], excludeTables: [], maxParallelReads: 1 };
    const run = loadingRun({ ingestion: { ...rest, spec: { ...spec, source: { ...source, database: limited } } } });
    assert.equal(created(actionsFor(run)).length, 1);
    const shares = [1, 2, 3, 4, 9].map((maxParallelReads) => {
      const of = { ...source, database: { ...limited, maxParallelReads } };
      return readsPerTable({ loading: { ...spec.loading, maxParallelJobs: 2 }, source: of });
    });
    assert.deepEqual(shares, [1, 1, 1, 2, 4]);
    const { maxParallelReads, ...unlimited } = limited;
    assert(maxParallelReads > 0);
    assert.equal(readsPerTable({ loading: spec.loading, source: { ...source, database: unlimited } }), 1);
  });

  it('frees the slot of a Job that is being deleted only once it no longer exists', () => {
    const deleting = loadJob(courses, { state: 'Succeeded', deleting: true });
    assert.equal(
      created(
        actionsFor(
          loadingRun({
            ingestion: ingestion(CATALOGUED, { spec: 'loading: { maxParallelJobs: 1 }' }),
            jobs: [deleting],
          }),
        ),
      ).length,
      0,
    );
  });
});
