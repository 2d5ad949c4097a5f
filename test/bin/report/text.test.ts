import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportText } from '../../../bin/report/text.ts';
import { asRun, loadedTable, madeUpRun, reportOf, time } from './made-up-run.ts';

const NOW = new Date(time(3600));

describe('reportText', () => {
  it('is bounded, whatever the number of tables', () => {
    const lines = reportText(asRun(madeUpRun(10_000), 3), NOW).split('\n');
    assert(lines.length < 90, String(lines.length));
    assert.match(lines[0] ?? '', /^nightly, run 3: Failed; \d+\/10000 tables, [\d,]+ rows, /);
    for (const title of ['FAILURES (', 'REJECTS (', 'SLOWEST TABLES', 'MOTHER TABLES THAT DIFFER', 'PAST RUN'])
      assert(
        lines.some((line) => line.startsWith(title)),
        title,
      );
  });

  it('lists the slowest tables first, and escapes control characters', () => {
    const tables = [loadedTable('v1_fast', 0, 1), loadedTable('v1_\u001b[2J', 0, 9)];
    const text = reportText(reportOf(tables, { phase: 'Complete' }), NOW);
    assert.match(
      text,
      /^nightly: Complete; 0 rows, 0 B, 0\.00 s\n\nSLOWEST TABLES .*\nv1_\\u001b\[2J .*9\.00 s.*\nv1_fast .*1\.00 s/,
    );
  });

  it('says how many dumps are archived, and why others are not', () => {
    const archive = { archived: 2, kept: 1, reason: 'crm_v3.zip: it no longer exists' };
    const text = reportText(reportOf([], { phase: 'Complete', archive }), NOW);
    assert.match(text, /\n\narchive: 2 dumps archived, 1 left where they are: crm_v3\.zip: it no longer exists$/);
  });
});
