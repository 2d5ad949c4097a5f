import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { METRICS_FILE, renderMetricsPage } from '../../docs/generate-metrics.ts';
import { METRICS } from '../../operator/engine/metrics.ts';

describe('docs/metrics.md', () => {
  const text = readFileSync(METRICS_FILE, 'utf8');

  it('is the output of docs/generate-metrics.ts', () => {
    assert.equal(text, renderMetricsPage(), 'run `make generate`');
  });

  it('queries only existing metrics', () => {
    for (const [name] of text.matchAll(/\bmotherload_\w+/g))
      assert(name.replace(/_(bucket|sum|count)$/, '') in METRICS, name);
  });
});
