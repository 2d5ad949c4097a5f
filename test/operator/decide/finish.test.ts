import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { unpackNames } from '../../../crds/contract/packed-names.ts';
import type { Observed } from '../../../operator/decide/observed.ts';
import { reportedTables } from '../../../operator/decide/reported-tables.ts';
import { CATALOGUED, entry, finishJob, ingestion, NOW, omit, secondsLater, table } from '../fixtures.ts';
import {
  actionsFor,
  broken,
  conditionOf,
  courses,
  created,
  events,
  notes,
  statusOf,
  SUSPENDED,
  users,
} from './decisions.ts';

describe('the end', () => {
  const loaded = (spec = users) => table(spec, { phase: 'Loaded', rows: 10, completionTime: NOW.toISOString() });
  const run = (parts: Partial<Observed> = {}) => ({ ingestion: ingestion(CATALOGUED), tables: [loaded()], ...parts });

  it('starts with a finish Job for the mothers of loaded tables, each once', () => {
    const other = loaded(entry('users', { dump: { file: 'crm_v2.zip', version: 'v2' } }));
    const actions = actionsFor(run({ tables: [loaded(), other, loaded(courses), table(notes)] }));
    assert.deepEqual(created(actions), [{ kind: 'Finish', mothers: ['courses', 'users'], own: { loaded: 3 } }]);
    assert.equal(statusOf(actions).phase, 'Finishing');
    assert.equal(conditionOf(statusOf(actions), 'Progressing'), 'True Finishing');
  });

  it('is Complete once the finish Job has succeeded', () => {
    const actions = actionsFor(run({ jobs: [finishJob({ state: 'Succeeded' })] }));
    const status = statusOf(actions);
    assert.equal(status.phase, 'Complete');
    assert.equal(conditionOf(status, 'Complete'), 'True AllTablesLoaded');
    assert.equal(conditionOf(status, 'Failed'), 'False NotFailed');
    assert.equal(conditionOf(status, 'Progressing'), 'False Ended');
    assert.equal(status.completionTime, NOW.toISOString());
    assert(events(actions).includes('AllTablesLoaded'));
  });

  it('has a finish Job for the archive of the dumps, too, with or without mothers', () => {
    const archive = { action: 'Move', path: 'archive', name: '{file}', evenIfTablesFailed: false } as const;
    const archiving = (tables: Observed['tables'], more: Partial<Observed> = {}) => {
      const seen = ingestion(CATALOGUED);
      return run({ ingestion: { ...seen, spec: { ...seen.spec, archive } }, tables, ...more });
    };
    assert.deepEqual(created(actionsFor(archiving([loaded(omit(users, 'mother'))]))), [
      { kind: 'Finish', mothers: [], own: { loaded: 1 } },
    ]);
    assert.deepEqual(created(actionsFor(archiving([]))), [], 'no dump, no Job');
    const result = (kept: object) => {
      const report = {
        task: 'Finish',
        outcome: 'Succeeded',
        archive: { archived: 2, kept: 0, ...kept },
        seconds: {},
      } as const;
      return statusOf(actionsFor(archiving([loaded()], { jobs: [finishJob({ state: 'Succeeded', result: report })] })));
    };
    assert.equal(result({}).message, '1 table loaded; 2 dumps archived');
    const left = result({ kept: 1, reason: 'crm_v3.zip: it no longer exists' });
    assert.equal(left.phase, 'Complete');
    assert.equal(
      left.message,
      '1 table loaded; 2 dumps archived, 1 left where they are (crm_v3.zip: it no longer exists)',
    );
    assert.deepEqual(left.archive, { archived: 2, kept: 1, reason: 'crm_v3.zip: it no longer exists' });
  });

  it('has one for tables without a mother as well, and none where nothing was loaded', () => {
    const apart = omit(users, 'mother');
    assert.deepEqual(created(actionsFor(run({ tables: [loaded(apart)] }))), [
      { kind: 'Finish', mothers: [], own: { loaded: 1 } },
    ]);
    assert.equal(statusOf(actionsFor(run({ tables: [table(notes)] }))).phase, 'Complete');
  });

  it('names the tables that were found loaded, for it to look for them', () => {
    const already = (name: string) => table(entry(name), { phase: 'AlreadyLoaded' });
    const actions = actionsFor(run({ tables: [already('users'), loaded(courses), already('orders')] }));
    const [work] = created(actions);
    assert(work?.kind === 'Finish' && work.own?.found !== undefined);
    assert.deepEqual(unpackNames(work.own.found), ['v1_orders', 'v1_users']);
    assert.deepEqual([work.own.loaded, work.own.found.count], [1, 2]);
  });

  it('has room for some ten thousand names, and counts the rest', () => {
    const tables = Array.from({ length: 40_000 }, (_, index) =>
      table(entry(`t${createHash('sha256').update(String(index)).digest('hex').slice(0, 12)}`), {
        phase: 'AlreadyLoaded',
      }),
    );
    const found = reportedTables(1, 'uid', tables, []).own?.found;
    assert(found !== undefined);
    assert(found.packed.length <= 96 * 1024);
    assert.equal(found.count, 40_000);
    const [fitting, longer] = [
      unpackNames(found).length,
      reportedTables(1, 'uid', tables, ['x'.repeat(90_000)]).own?.found,
    ];
    assert(fitting > 8000 && fitting < 40_000, String(fitting));
    assert(longer !== undefined && unpackNames(longer).length < fitting / 5);
  });

  it('says how many of the tables of earlier runs that count in it are gone', () => {
    const endWith = (gone: number, unasked: number) => {
      const result = { task: 'Finish', outcome: 'Succeeded', gone, unasked, seconds: {} } as const;
      return statusOf(actionsFor(run({ jobs: [finishJob({ state: 'Succeeded', result })] })));
    };
    const messageOf = (gone: number, unasked = 0) => endWith(gone, unasked).message;
    const reasonOf = (gone: number) => conditionOf(endWith(gone, 0), 'Complete');
    assert.equal(messageOf(0), '1 table loaded');
    assert.equal(reasonOf(0), 'True AllTablesLoaded');
    assert.equal(reasonOf(2), 'True TablesGone');
    assert.equal(
      messageOf(2),
      '1 table loaded; 2 tables of earlier runs are no longer there: retry --all loads them again',
    );
    assert.equal(messageOf(0, 5), '1 table loaded; 5 that were found loaded are too many to be looked for again');
  });

  it('waits for the finish Job while suspended', () => {
    const actions = actionsFor(run({ ingestion: ingestion(CATALOGUED, SUSPENDED) }));
    assert.deepEqual(created(actions), []);
    assert.equal(statusOf(actions).phase, 'Suspended');
  });

  it('is Failed if tables failed, after the others are finished', () => {
    const tables = [loaded(), table(broken)];
    assert.deepEqual(created(actionsFor(run({ tables }))), [
      { kind: 'Finish', mothers: ['users'], own: { loaded: 1 } },
    ]);
    const status = statusOf(actionsFor(run({ tables, jobs: [finishJob({ state: 'Succeeded' })] })));
    assert.equal(status.phase, 'Failed');
    assert.equal(conditionOf(status, 'Failed'), 'True TablesFailed');
    assert.match(
      status.message ?? '',
      /1 of 2 tables failed; first: crm_v1.zip, table broken: the schema file is not a list/,
    );
  });

  it('is Failed as well if somebody has removed the failure from the status of the table that failed', () => {
    const tables = [loaded(), table(courses, { phase: 'Failed', completionTime: NOW.toISOString() })];
    const status = statusOf(actionsFor(run({ tables, jobs: [finishJob({ state: 'Succeeded' })] })));
    assert.deepEqual([status.phase, conditionOf(status, 'Failed')], ['Failed', 'True TablesFailed']);
    assert.equal(status.message, '1 of 2 tables failed; see the TableIngestions');
  });

  it('is Failed if the finish Job failed, and the message says that the tables are loaded', () => {
    const failure = { kind: 'Transient', code: 'ConnectionLost', message: 'the server went away' } as const;
    const status = statusOf(
      actionsFor(
        run({ jobs: [finishJob({ state: 'Failed', result: { task: 'Finish', outcome: 'Failed', failure } })] }),
      ),
    );
    assert.equal(conditionOf(status, 'Failed'), 'True FinishFailed');
    assert.match(status.message ?? '', /all tables were loaded, but/);
  });

  it('says so if nothing was loaded because everything was loaded already', () => {
    const already = table(users, { phase: 'AlreadyLoaded', rows: 10 });
    const status = statusOf(actionsFor(run({ tables: [already], jobs: [finishJob({ state: 'Succeeded' })] })));
    assert.match(status.message ?? '', /0 tables loaded, 1 already loaded with the same content/);
    assert.equal(status.rows, 0);
  });

  it('has a reason of its own, a warning and the count in the table column if every table was skipped', () => {
    const actions = actionsFor(run({ tables: [table(notes)] }));
    const status = statusOf(actions);
    assert.equal(conditionOf(status, 'Complete'), 'True AllTablesSkipped');
    assert.deepEqual(events(actions), ['AllTablesSkipped']);
    assert.equal(status.tables?.summary, '1 skipped');
    const loading = statusOf(actionsFor(run({ tables: [table(notes), table(users)] })));
    assert.equal(loading.tables?.summary, '0/1');
  });

  it('is final: nothing more is done, and a later change of the spec is only acknowledged', () => {
    const complete = statusOf(actionsFor(run({ jobs: [finishJob({ state: 'Succeeded' })] })));
    const after = ingestion(complete);
    assert.deepEqual(actionsFor({ ingestion: after, tables: [table(users)] }, secondsLater(60)), []);
    const changed = { ...after, metadata: { ...after.metadata, generation: 2 } };
    assert.deepEqual(actionsFor({ ingestion: changed, tables: [table(users)] }), [
      { type: 'WriteIngestionStatus', status: { ...complete, observedGeneration: 2 } },
    ]);
  });
});
