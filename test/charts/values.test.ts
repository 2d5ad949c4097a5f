import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { readComments } from '../../charts/generator/values-table.ts';
import { CHART, render } from './helm.ts';

const yaml = readFileSync(join(CHART, 'values.yaml'), 'utf8');

describe('the values of the chart', () => {
  const REJECTED: readonly [what: string, values: object, message: RegExp][] = [
    ['an unknown value', { replica: 2 }, /additional properties 'replica' not allowed/],
    [
      'an unknown nested value',
      { metrics: { serviceMonitor: { enable: true } } },
      /at '\/metrics\/serviceMonitor'.*'enable' not allowed/,
    ],
    [
      'a field of runner.jobTemplate that is not in the CRD',
      { runner: { jobTemplate: { resource: {} } } },
      /at '\/runner\/jobTemplate'.*'resource'/,
    ],
    ['a number as a string', { replicas: '2' }, /at '\/replicas': got string, want integer/],
    ['a boolean as a string', { allowHostPath: 'true' }, /at '\/allowHostPath': got string, want boolean/],
    ['a tag instead of a digest', { image: { digest: 'latest' } }, /at '\/image\/digest': 'latest' does not match/],
    ['a tag in the repository', { image: { repository: 'motherload-operator:1' } }, /at '\/image\/repository'/],
    [
      'a tag that Helm parses as a number',
      { runner: { image: { tag: 12 } } },
      /at '\/runner\/image\/tag': got number, want string/,
    ],
    [
      'an unknown pull policy',
      { image: { pullPolicy: 'Sometimes' } },
      /at '\/image\/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'/,
    ],
    ['namespaces as a string', { watchNamespaces: 'one' }, /at '\/watchNamespaces': got string, want array/],
    ['a pattern as a namespace', { watchNamespaces: ['team-*'] }, /at '\/watchNamespaces\/0'/],
    ['the same namespace twice', { watchNamespaces: ['one', 'one'] }, /items at 0 and 1 are equal/],
    ['a port that requires root', { port: 80 }, /at '\/port': minimum: got 80, want 1,024/],
    ['a concurrency of 0', { concurrency: 0 }, /at '\/concurrency': minimum/],
    ['an invalid quantity', { resources: { limits: { memory: 'much' } } }, /at '\/resources\/limits\/memory'/],
    [
      'Jobs that are deleted before their result is read',
      { runner: { jobTemplate: { ttlSecondsAfterFinished: 1 } } },
      /ttlSecondsAfterFinished': minimum/,
    ],
    [
      'an invalid CIDR',
      { networkPolicy: { apiServer: { cidrs: ['example.com'] } } },
      /at '\/networkPolicy\/apiServer\/cidrs\/0'/,
    ],
    [
      'a disruption budget of 0',
      { podDisruptionBudget: { maxUnavailable: 0 } },
      /at '\/podDisruptionBudget\/maxUnavailable'/,
    ],
    [
      'a variable that the chart sets',
      { extraEnv: [{ name: 'MOTHERLOAD_PORT', value: '1' }] },
      /at '\/extraEnv\/0\/name'/,
    ],
    ['an invalid label', { commonLabels: { team: 'data & more' } }, /at '\/commonLabels\/team'/],
    [
      'an invalid duration',
      { metrics: { serviceMonitor: { interval: '30 seconds' } } },
      /at '\/metrics\/serviceMonitor\/interval'/,
    ],
  ];
  for (const [what, values, message] of REJECTED) {
    it(`reject ${what}, and name the value`, async () => {
      await assert.rejects(render(values), message);
    });
  }

  it('accept the values that Helm itself passes to a subchart', async () => {
    assert.equal((await render({ global: { anything: 1 }, enabled: true })).all('Deployment').length, 1);
  });

  it('have a comment each, or in the line above', () => {
    const commented = readComments(yaml).map(({ path }) => path);
    const bare = leaves(load(yaml)).filter(
      (path) => !commented.some((above) => path === above || path.startsWith(`${above}.`)),
    );
    assert.deepEqual(bare, []);
  });

  it('are all used by a template', () => {
    const templates = globSync(join(CHART, 'templates', '**', '*.*'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const used = [...templates.matchAll(/\.Values\.([A-Za-z.]+)/g)].map(([, path = '']) => path);
    const within = (path: string) => {
      const names = path.split('.');
      // In `with .Values.metrics.dashboard`, metrics.dashboard.labels is `.labels`.
      return names.some((_, index) => used.includes(names.slice(0, index + 1).join('.')));
    };
    assert.deepEqual(
      leaves(load(yaml)).filter((path) => !within(path)),
      [],
    );
  });
});

/** The paths of the values that have no nested values. */
function leaves(value: unknown, path: readonly string[] = []): string[] {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!isTable) return [path.join('.')];
  return Object.entries(value).flatMap(([name, below]) => leaves(below, [...path, name]));
}
