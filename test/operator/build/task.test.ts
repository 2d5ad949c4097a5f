import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildTask } from '../../../operator/build/task.ts';
import { deepFreeze, entry, ingestion, nameOf, UID } from '../fixtures.ts';

const users = entry('users');
const nightly = deepFreeze(
  ingestion({}, { spec: 'motherTables: { indexes: None }\nloading: { streamsPerTable: 3, onExisting: Replace }' }),
);
const surroundings = { volumeFolder: '/dumps', dialectFiles: { own: 'types: {}' } };

describe('a task', () => {
  it('for the catalogue has what it needs of the spec, and no more', () => {
    const task = buildTask(nightly, { kind: 'Catalogue' }, surroundings);
    const { format, limits, target, motherTables } = nightly.spec;
    assert.deepEqual(task, {
      kind: 'Catalogue',
      ingestion: { namespace: 'default', name: 'nightly', run: UID },
      target,
      dumpsFolder: '/dumps',
      format,
      dialectFiles: surroundings.dialectFiles,
      limits,
      source: { include: ['**/*.zip'], exclude: [] },
      motherTables,
    });
  });

  it('for a load has its table and how to load it', () => {
    const task = buildTask(nightly, { kind: 'Load', tableName: nameOf(users), table: users }, surroundings);
    assert(task.kind === 'Load');
    assert.equal(task.table, users);
    assert.deepEqual(task.loading, { streamsPerTable: 3, onExisting: 'Replace' });
    assert.equal(task.indexes, 'None');
  });

  it('for the finish knows nothing of dumps', () => {
    const task = buildTask(nightly, { kind: 'Finish', mothers: ['users'] }, surroundings);
    assert.deepEqual(Object.keys(task).sort(), ['ingestion', 'kind', 'mothers', 'target']);
  });

  it('looks for dumps below spec.source.path', () => {
    const spec = { ...nightly.spec, source: { ...nightly.spec.source, path: 'exports/crm' } };
    const task = buildTask({ ...nightly, spec }, { kind: 'Catalogue' }, surroundings);
    assert(task.kind === 'Catalogue');
    assert.equal(task.dumpsFolder, '/dumps/exports/crm');
  });

  it('is the same run whatever the generation is', () => {
    const later = { ...nightly, metadata: { ...nightly.metadata, generation: 7 } };
    assert.equal(buildTask(later, { kind: 'Catalogue' }, surroundings).ingestion.run, UID);
  });
});
