import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const text = read('docs', 'operations.md');
/** Alert, symptom, where to look and what to do. */
const rows = [...text.matchAll(/^\| `(Motherload\w+)` \| (.+?) \| (.+?) \| (.+?) \|$/gm)];

describe('docs/operations.md', () => {
  it("says what is noticed, where to look and what to do for each of the chart's alerts", () => {
    const rule = read('charts', 'motherload', 'files', 'alerts.yaml');
    const alerts = [...rule.matchAll(/alert: (Motherload\w+)/g)].map(([, alert]) => alert);
    assert(alerts.length > 5);
    assert.deepEqual(
      rows.map(([, alert]) => alert),
      alerts,
    );
  });

  it('names existing conditions, reasons and metrics', () => {
    const known = read('docs', 'conditions.md') + read('docs', 'metrics.md');
    const named = rows.flatMap(([line]) => [...line.matchAll(/`([A-Z][A-Za-z]+|motherload_\w+)`/g)]);
    const names = named.map(([, name = '']) => name).filter((name) => !/^(Motherload|NAME)/.test(name));
    assert(names.length > 5);
    for (const name of names) assert(known.includes(`\`${name}\``), name);
  });
});
