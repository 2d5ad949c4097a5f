import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOptions } from '../../operator/options.ts';

const IMAGE = { MOTHERLOAD_RUNNER_IMAGE: 'runner:1' };

describe('readOptions', () => {
  it('has defaults for everything but the image of the runner', () => {
    const options = readOptions([], { ...IMAGE, POD_NAMESPACE: 'system', POD_NAME: 'operator-1' });
    assert.deepEqual(options, {
      namespaces: [],
      jobs: {
        runnerImage: 'runner:1',
        imagePullPolicy: 'IfNotPresent',
        imagePullSecrets: [],
        allowHostPath: false,
        resources: { requests: { cpu: '500m', memory: '192Mi' }, limits: { memory: '512Mi' } },
        ttlSecondsAfterFinished: 3600,
      },
      leaderElection: { namespace: 'system', name: 'motherload-operator', identity: 'operator-1' },
      port: 8080,
      concurrency: 4,
      serviceAccountFolder: '/var/run/secrets/kubernetes.io/serviceaccount',
    });
    assert.throws(() => readOptions([], {}), /--runner-image \(or MOTHERLOAD_RUNNER_IMAGE\) is missing/);
  });

  it('prefers the command line to the environment', () => {
    const { namespaces, leaderElection, jobs } = readOptions(['--namespaces', 'a, b', '--job-deadline-seconds=60'], {
      ...IMAGE,
      MOTHERLOAD_NAMESPACES: 'c',
      MOTHERLOAD_LEADER_ELECTION: 'false',
    });
    assert.deepEqual([namespaces, leaderElection, jobs.activeDeadlineSeconds], [['a', 'b'], undefined, 60]);
  });

  const wrong: readonly [readonly string[], RegExp][] = [
    [['--port', 'http'], /--port .* is http and must be a whole number/],
    [['--allow-host-path', 'yes'], /must be true or false/],
    [['--runner-image-pull-policy', 'Sometimes'], /must be Always, IfNotPresent or Never/],
    [['--runner-resources', 'much'], /must be a mapping/],
    [['--nonsense'], /nonsense/],
  ];
  for (const [parameters, message] of wrong) {
    it(`refuses ${parameters.join(' ')}`, () => assert.throws(() => readOptions(parameters, IMAGE), message));
  }
});
