import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SYSTEM_CLOCK } from '../../../operator/engine/work-queue.ts';
import { accessByServiceAccount } from '../../../operator/kubernetes/client/access.ts';
import { Leader } from '../../../operator/kubernetes/leader.ts';
import { temporaryFolder } from '../../job-runner/catalogue/tasks.ts';
import { apiserver } from './apiserver.ts';

const HOUR = 3_600_000;

/** As a time server does to a machine that was ahead. */
const setBack = () => mock.timers.setTime(Date.now() - HOUR);

describe('the operator, when its clock is set back by an hour', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-03-01T12:00:00Z') }));
  afterEach(() => mock.timers.reset());

  it('measures time by a clock that only grows, so that no reconcile is put off by an hour', () => {
    const before = SYSTEM_CLOCK.now();
    setBack();
    const passed = SYSTEM_CLOCK.now() - before;
    assert(passed >= 0 && passed < HOUR / 2, `${passed} ms`);
    assert.equal(SYSTEM_CLOCK.date().toISOString(), '2026-03-01T11:00:00.000Z');
  });

  it('gives its Lease up in time where it cannot renew it', async () => {
    let isReachable = true;
    let lease: object | undefined;
    const { api } = await apiserver(({ line, body }) => {
      if (!isReachable) return { status: 500, body: {} };
      if (line.startsWith('GET')) return lease === undefined ? { status: 404, body: {} } : { body: lease };
      lease = { ...(body as object), metadata: { name: 'operator', namespace: 'default', resourceVersion: '1' } };
      return { body: lease };
    });
    const place = { namespace: 'default', name: 'operator', identity: 'one', leaseSeconds: 1 };
    const leader = new Leader({ api, ...place, onError: () => undefined });
    await leader.acquire(new AbortController().signal);
    isReachable = false;
    setBack();
    const held = leader.hold(new AbortController().signal);
    assert.equal(await Promise.race([held, wait(5000, 'still the leader')]), false);
    assert.equal(leader.isLeader, false);
  });

  it('reads its token again, which expires by the clock of the apiserver', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'ca.crt'), '');
    writeFileSync(join(folder, 'token'), 'first');
    const access = accessByServiceAccount('https://cluster', folder, 10);
    setBack();
    writeFileSync(join(folder, 'token'), 'second');
    await wait(20);
    const options: RequestOptions = {};
    await access.apply(options);
    assert.deepEqual(options.headers, { authorization: 'Bearer second' });
  });
});
