import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics, METRICS } from '../../../operator/engine/metrics.ts';

describe('Metrics', () => {
  it('renders help and type of each metric, and 0 for metrics without labels that were never set', () => {
    const text = new Metrics().render();
    for (const [name, { type }] of Object.entries(METRICS))
      assert.match(text, new RegExp(`^# HELP ${name} .+\\n# TYPE ${name} ${type}$`, 'm'));
    assert.match(text, /^motherload_leader 0$/m);
  });

  it('adds up counters by labels and escapes label values', () => {
    const metrics = new Metrics();
    metrics.count('motherload_reconciles_total', { kind: 'DumpIngestion', result: 'success' });
    metrics.count('motherload_reconciles_total', { kind: 'DumpIngestion', result: 'success' }, 2);
    metrics.set('motherload_loaded_rows', 7, { namespace: 'a"b\\c\n', ingestion: 'x' });
    const text = metrics.render();
    assert.match(text, /^motherload_reconciles_total\{kind="DumpIngestion",result="success"\} 3$/m);
    assert(text.includes('motherload_loaded_rows{namespace="a\\"b\\\\c\\n",ingestion="x"} 7\n'));
    metrics.clear('motherload_loaded_rows');
    assert(!metrics.render().includes('ingestion="x"'));
  });

  it('counts durations in cumulative buckets', () => {
    const metrics = new Metrics();
    const labels = { kind: 'DumpIngestion' };
    for (const seconds of [0.02, 0.3, 9999]) metrics.observe('motherload_reconcile_duration_seconds', seconds, labels);
    const text = metrics.render();
    const bucket = (bound: string) =>
      new RegExp(`_bucket\\{kind="DumpIngestion",le="${bound}"\\} (\\d+)`).exec(text.replaceAll('+', ''))?.[1];
    assert.deepEqual(
      [bucket('0.005'), bucket('0.025'), bucket('0.5'), bucket('7200'), bucket('Inf')],
      ['0', '1', '2', '2', '3'],
    );
    assert.match(text, /^motherload_reconcile_duration_seconds_count\{kind="DumpIngestion"\} 3$/m);
  });
});
