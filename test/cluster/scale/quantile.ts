/** The upper bound, in seconds, of the bucket in which this part of a histogram's observations of DumpIngestions ends; from Prometheus' text format. */
export function quantile(metrics: string, name: string, part: number): number {
  const buckets = [
    ...metrics.matchAll(new RegExp(`^${name}_bucket\\{kind="DumpIngestion",le="([^"]+)"\\} (\\d+)$`, 'gm')),
  ].map(([, bound = '', count]) => ({ bound: bound === '+Inf' ? Infinity : Number(bound), count: Number(count) }));
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) throw new Error(`no observations of ${name}`);
  return buckets.find(({ count }) => count >= total * part)?.bound ?? Infinity;
}
