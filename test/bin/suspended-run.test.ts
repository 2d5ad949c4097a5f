import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { totalLine } from '../../bin/output/progress-lines.ts';
import { runSummary } from '../../bin/output/run-summary.ts';

describe('the line and the summary of a run', () => {
  it('says once that a run is suspended', () => {
    const ingestion = { phase: 'Suspended', message: 'suspended; the catalogue Job is reading the dumps' } as const;
    assert.equal(
      totalLine('nightly', { ingestion, tables: [] }),
      'nightly: suspended, the catalogue Job is reading the dumps',
    );
    assert.match(
      runSummary({ name: 'nightly', policy: 'Create' }, { ingestion, tables: [] }, []),
      /nightly suspended: the catalogue Job is reading the dumps\. What is loaded stays/,
    );
  });
});
