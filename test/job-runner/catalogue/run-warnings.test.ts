import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TableIngestionSpec } from '../../../crds/contract/generated.ts';
import { withRunWarnings } from '../../../job-runner/catalogue/run-warnings.ts';

const entry = (file: string, table: string, decision: TableIngestionSpec['decision'] = 'Load'): TableIngestionSpec => ({
  ...{ ingestionName: 'nightly', dump: { file, version: 'v1' }, table, decision },
  ...{ reason: 'MotherFound', message: '' },
});

describe('withRunWarnings', () => {
  it('puts the warnings of a dump and of the run at the first table that is loaded', () => {
    const entries = [
      entry('a.zip', 'kept', 'Keep'),
      entry('b.zip', 'skipped', 'Skip'),
      entry('b.zip', 'rides'),
      entry('b.zip', 'users'),
      entry('c.zip', 'rides'),
    ];
    const warned = withRunWarnings(entries, {
      ofDumps: new Map([
        ['a.zip', 'of a'],
        ['b.zip', 'of b'],
        ['c.zip', 'of c'],
      ]),
      ofRun: ['of the run'],
    });
    assert.deepEqual(
      warned.map(({ warnings }) => warnings),
      [undefined, undefined, ['of b', 'of the run'], undefined, ['of c']],
    );
    assert.deepEqual(
      warned.map(({ dump, table }) => [dump.file, table]),
      entries.map(({ dump, table }) => [dump.file, table]),
    );
  });
});
