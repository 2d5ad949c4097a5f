import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOptions } from '../../operator/options.ts';

const IMAGE = { MOTHERLOAD_RUNNER_IMAGE: 'runner:1' };

describe('readOptions', () => {
  it("has defaults for everything but the runner's image", () => {
    const options = readOptions([], { ...IMAGE, POD_NAMESPACE: 'system', POD_NAME: 'operator-1' });
    assert.deepEqual(options, {
      namespaces: [],
      jobs: {
        runnerImage: 'runner:1',
        imagePullPolicy: 'IfNotPresent',
        allowHostPath: false,
        allowedLabels: [],
        allowedAnnotations: [],
        records: 'Hidden',
        jobTemplate: {
          resources: { requests: { cpu: '500m', memory: '192Mi' }, limits: { memory: '512Mi' } },
          ttlSecondsAfterFinished: 3600,
        },
      },
      leaderElection: { namespace: 'system', name: 'motherload-operator', identity: 'operator-1' },
      port: 8080,
      secureMetrics: undefined,
      concurrency: 4,
      serviceAccountFolder: '/var/run/secrets/kubernetes.io/serviceaccount',
    });
    assert.throws(() => readOptions([], {}), /--runner-image \(or MOTHERLOAD_RUNNER_IMAGE\) is required/);
  });

  it('prefers the command line over the environment', () => {
    const { namespaces, leaderElection, port } = readOptions(['--namespaces', 'a, b', '--port=81'], {
      ...IMAGE,
      MOTHERLOAD_NAMESPACES: 'c',
      MOTHERLOAD_LEADER_ELECTION: 'false',
      MOTHERLOAD_PORT: '80',
    });
    assert.deepEqual([namespaces, leaderElection, port], [['a', 'b'], undefined, 81]);
  });

  it('serves /metrics by https where there is a certificate, and requires one for tokens', () => {
    const certified = { ...IMAGE, MOTHERLOAD_METRICS_CERTIFICATE_FOLDER: '/certificate' };
    const secure = { port: 8443, certificateFolder: '/certificate', authentication: false };
    assert.deepEqual(readOptions([], certified).secureMetrics, secure);
    const { secureMetrics } = readOptions(['--metrics-authentication=true', '--metrics-port=9443'], certified);
    assert.deepEqual(secureMetrics, { ...secure, port: 9443, authentication: true });
    assert.throws(
      () => readOptions(['--metrics-authentication=true'], IMAGE),
      /--metrics-authentication .* requires --metrics-certificate-folder/,
    );
  });

  it("passes on the runners' MOTHERLOAD_UNPACKER", () => {
    assert.equal(readOptions([], { ...IMAGE, MOTHERLOAD_UNPACKER: 'zlib' }).jobs.unpacker, 'zlib');
    assert.equal('unpacker' in readOptions([], { ...IMAGE, MOTHERLOAD_UNPACKER: '' }).jobs, false);
  });

  it("overrides the built-in Job template field by field with the installation's", () => {
    const { jobs } = readOptions(
      ['--job-template', '{ resources: { limits: { memory: 1Gi } }, nodeSelector: { disk: fast } }'],
      IMAGE,
    );
    assert.deepEqual(jobs.jobTemplate, {
      resources: { limits: { memory: '1Gi' } },
      nodeSelector: { disk: 'fast' },
      ttlSecondsAfterFinished: 3600,
    });
  });

  const wrong: readonly [readonly string[], RegExp][] = [
    [['--port', 'http'], /--port .* must be a whole number from 0 to 65535, not http/],
    [['--port', '65536'], /--port .* must be a whole number from 0 to 65535, not 65536/],
    [['--concurrency', '0'], /--concurrency .* must be a whole number from 1 to 100, not 0/],
    [['--allow-host-path', 'yes'], /must be true or false/],
    [['--records', 'shown'], /must be Shown or Hidden, not shown/],
    [['--runner-image-pull-policy', 'Sometimes'], /must be Always, IfNotPresent or Never/],
    [
      ['--job-template', 'much'],
      /the Job template is not valid:\n {2}jobTemplate: must be a field with fields below it, and is text/,
    ],
    [['--job-template', 'hostNetwork: true'], /unknown field "hostNetwork"/],
    [['--job-template', 'priorityClassName: system-node-critical'], /classes whose names start with system-/],
    [['--job-template', 'labels: [a'], /not YAML/],
    [['--nonsense'], /nonsense/],
  ];
  for (const [parameters, message] of wrong) {
    it(`refuses ${parameters.join(' ')}`, () => assert.throws(() => readOptions(parameters, IMAGE), message));
  }
});
