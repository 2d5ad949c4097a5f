import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveFormat } from '../../../crds/contract/format.ts';
import { buildTask } from '../../../operator/build/task.ts';
import { deepFreeze, entry, ingestion, nameOf, UID } from '../fixtures.ts';

const users = entry('users');
const nightly = deepFreeze(
  ingestion({}, { spec: 'motherTables: { indexes: None }\nloading: { streamsPerTable: 3, onExisting: Replace }' }),
);
const context = { volumeFolder: '/dumps', dialectFiles: { own: 'types: {}' }, records: 'Hidden' as const };

describe('a task', () => {
  it('contains only the parts of the spec that the catalogue needs', () => {
    const task = buildTask(nightly, { kind: 'Catalogue' }, context);
    const { format, limits, target, motherTables } = nightly.spec;
    assert.deepEqual(task, {
      kind: 'Catalogue',
      ingestion: { namespace: 'default', name: 'nightly', run: UID },
      target,
      records: 'Hidden',
      dumpsFolder: '/dumps',
      format: resolveFormat(format),
      dialectFiles: context.dialectFiles,
      limits,
      source: { include: ['**/*.zip'], exclude: [] },
      motherTables,
      onExisting: 'Replace',
    });
  });

  it('contains the table of a load and how to load it', () => {
    const task = buildTask(nightly, { kind: 'Load', tableName: nameOf(users), table: users }, context);
    assert(task.kind === 'Load');
    assert.equal(task.table, users);
    assert.deepEqual(task.loading, { streamsPerTable: 3, onExisting: 'Replace' });
    assert.equal(task.indexes, 'None');
    assert.equal(task.rejects, undefined);
  });

  it('may leave out as many records, and show as much of them, as the manifest says', () => {
    const spec = 'rejects: { limit: 5, percent: 0.5 }\nprivacy: { records: Shown }';
    const work = { kind: 'Load', tableName: nameOf(users), table: users } as const;
    const task = buildTask(ingestion({}, { spec }), work, context);
    assert(task.kind === 'Load');
    assert.deepEqual([task.rejects, task.records], [{ limit: 5, percent: 0.5 }, 'Shown']);
  });

  it('has the format of its own table', () => {
    const spec = `format: { preset: csv, tables: [{ match: ORDER*, header: false }, { match: user?, delimiter: ';', encoding: LATIN1 }] }`;
    const { tables, ...csv } = resolveFormat(ingestion({}, { spec }).spec.format);
    const formatOf = (table: string) => {
      const work = { kind: 'Load', tableName: table, table: entry(table) } as const;
      const task = buildTask(ingestion({}, { spec }), work, context);
      assert(task.kind === 'Load');
      return task.format;
    };
    assert.equal(tables.length, 2);
    const set = (...fields: string[]) => ({ tables: [], set: [...csv.set, ...fields] });
    const own = { delimiter: ';', encoding: 'LATIN1' };
    assert.deepEqual(formatOf('users'), { ...csv, ...own, ...set('delimiter', 'encoding') });
    assert.deepEqual(formatOf('order_items'), { ...csv, header: false, ...set('header') });
    assert.deepEqual(formatOf('rides'), { ...csv, tables: [] });
  });

  it('contains nothing about dumps for the finish Job', () => {
    const task = buildTask(nightly, { kind: 'Finish', mothers: ['users'] }, context);
    assert.deepEqual(Object.keys(task).sort(), ['ingestion', 'kind', 'mothers', 'records', 'target']);
  });

  it('has a dumps folder that includes spec.source.path', () => {
    const spec = { ...nightly.spec, source: { ...nightly.spec.source, path: 'exports/crm' } };
    const task = buildTask({ ...nightly, spec }, { kind: 'Catalogue' }, context);
    assert(task.kind === 'Catalogue');
    assert.equal(task.dumpsFolder, '/dumps/exports/crm');
  });

  it('belongs to the same run in every generation', () => {
    const later = { ...nightly, metadata: { ...nightly.metadata, generation: 7 } };
    assert.equal(buildTask(later, { kind: 'Catalogue' }, context).ingestion.run, UID);
  });
});
