import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DumpIngestionSpec, DumpIngestionStatus } from '../../../crds/contract/generated.ts';
import { kubectlError } from '../../../bin/kubectl/kubectl-error.ts';
import { retryMessage } from '../../../bin/kubectl/retry-message.ts';
import { suspensionMessage } from '../../../bin/kubectl/suspension-message.ts';

function ingestion(status: DumpIngestionStatus, suspend = false, policy = 'Create') {
  const spec = { suspend, motherTables: { policy } } as DumpIngestionSpec;
  return { metadata: { name: 'nightly', namespace: 'crm', uid: 'u', resourceVersion: '1' }, spec, status };
}
const ENDED = { completionTime: '2026-03-01T03:00:00Z' };

describe('retryMessage', () => {
  it('says what runs again, and when', () => {
    for (const [message, all, object] of [
      [
        'nightly runs again: it loads the table that failed, and those of dumps that have come since',
        false,
        ingestion({ ...ENDED, tables: { failed: 1 } }),
      ],
      [
        'nightly runs again: it loads the 1,200 tables that failed, and those of dumps that have come since',
        false,
        ingestion({ ...ENDED, tables: { failed: 1200 } }),
      ],
      [
        'nightly runs again: it loads the tables that are not loaded yet, and those of dumps that have come since',
        false,
        ingestion(ENDED),
      ],
      ['nightly runs again: it loads all 20 tables', true, ingestion({ ...ENDED, tables: { total: 20 } })],
      [
        'nightly runs again: it loads all 20 tables, and drops what is loaded first',
        true,
        ingestion({ ...ENDED, tables: { total: 20 } }, false, 'Purge'),
      ],
      [
        'nightly is under way; when this run has ended, the next one loads all tables',
        true,
        ingestion({ phase: 'Cataloguing' }),
      ],
      [
        'nightly runs again: it loads all tables; it is suspended, and starts after kubectl motherload resume nightly',
        true,
        ingestion(ENDED, true),
      ],
    ] as const)
      assert.equal(retryMessage(object, all), message);
  });
});

describe('suspensionMessage', () => {
  it('says what a change does to a run, and to one that has ended', () => {
    assert.equal(suspensionMessage(ingestion({}, true), true), 'nightly is suspended already: nothing was changed');
    assert.equal(suspensionMessage(ingestion({}, false), false), 'nightly is not suspended: nothing was changed');
    assert.equal(suspensionMessage(ingestion({}, true), false), 'nightly continues');
    assert.equal(suspensionMessage(ingestion(ENDED, true), false), 'nightly is resumed; its run has ended');
    assert.match(suspensionMessage(ingestion(ENDED), true), /its run has ended, and the next one waits/);
    assert.match(
      suspensionMessage(ingestion({ tables: { running: 2, pending: 3 } }), true),
      /loads that run \(2\) .* the others \(3\)/,
    );
  });
});

describe('kubectlError', () => {
  it('takes the last line of what kubectl prints, without those of its log', () => {
    const said = `W1129 12:00:00.000000 1 loader.go:221] Config not found\nE1129 12:00:00.000000 1 memcache.go:265] "Unhandled"\nerror: You must be logged in to the server (Unauthorized)\n`;
    const { message, kind } = kubectlError(said, 'DumpIngestion x');
    assert.deepEqual([message, kind], ['kubectl: You must be logged in to the server (Unauthorized)', 'Manifest']);
    assert.equal(kubectlError('', 'x').message, 'kubectl: it failed without a message');
  });

  it('counts what may pass as an unreachable cluster', () => {
    for (const said of [
      'Unable to connect to the server: dial tcp: lookup db: no such host',
      'Error from server (ServiceUnavailable): down',
      'Unable to connect to the server: net/http: TLS handshake timeout',
    ])
      assert.equal(kubectlError(said, 'x').code, 'ClusterUnreachable');
  });
});
