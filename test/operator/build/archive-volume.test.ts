import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FinishTask } from '../../../crds/contract/task.ts';
import { buildJob } from '../../../operator/build/job.ts';
import { manifest, UID } from '../fixtures.ts';
import { CATALOGUE, FINISH, LOAD, SETTINGS } from './jobs.ts';

function jobOf(spec: string, work = FINISH, settings = SETTINGS, source?: string) {
  const { spec: given } = manifest(spec);
  const metadata = { namespace: 'default', name: 'nightly', uid: UID, generation: 1 };
  const ofSource = source === undefined ? {} : { source: { ...given.source, ...(JSON.parse(source) as object) } };
  const job = buildJob({ metadata, spec: { ...given, ...ofSource }, status: {} }, work, settings);
  const pod = job.spec?.template.spec;
  const [container] = pod?.containers ?? [];
  assert(pod !== undefined && container !== undefined);
  const task = JSON.parse(container.env?.find(({ name }) => name === 'MOTHERLOAD_TASK')?.value ?? '') as FinishTask;
  const writable = (container.volumeMounts ?? []).flatMap(({ name, readOnly }) => (readOnly === true ? [] : [name]));
  return { volumes: pod.volumes ?? [], writable, task, root: container.securityContext?.readOnlyRootFilesystem };
}

const MOVE = 'archive: { action: Move, path: archive }';
const ELSEWHERE = 'archive: { action: Move, volume: { persistentVolumeClaim: { claimName: archive } } }';

describe('the volumes of the Jobs of a run that archives its dumps', () => {
  it('are read-only in the catalogue and the loads, whatever the archive does', () => {
    for (const work of [CATALOGUE, LOAD]) {
      for (const spec of [MOVE, ELSEWHERE]) {
        const { volumes, writable } = jobOf(spec, work);
        assert.deepEqual(writable, ['temporary']);
        assert.deepEqual(volumes[0], { name: 'dumps', persistentVolumeClaim: { claimName: 'dumps', readOnly: true } });
        assert(!volumes.some(({ name }) => name === 'archive'));
      }
    }
  });

  it('are not mounted in the finish Job where nothing is archived', () => {
    for (const spec of ['', 'archive: { action: Keep }']) {
      assert.deepEqual(
        jobOf(spec).volumes.map(({ name }) => name),
        ['database', 'temporary'],
      );
    }
  });

  it('are writable in the finish Job as far as the action needs it, and the root file system never is', () => {
    const cases = [
      [MOVE, ['dumps', 'temporary']],
      ['archive: { action: Delete }', ['dumps', 'temporary']],
      ['archive: { action: Copy, path: archive }', ['dumps', 'temporary']],
      [ELSEWHERE, ['dumps', 'archive', 'temporary']],
      [ELSEWHERE.replace('Move', 'Copy'), ['archive', 'temporary']],
      [ELSEWHERE.replace('Move', 'Delete'), ['dumps', 'temporary']],
    ] as const;
    for (const [spec, expected] of cases) {
      const { writable, root } = jobOf(spec);
      assert.deepEqual(writable, expected, spec);
      assert.equal(root, true);
    }
  });

  it('are attached writable there, although the claim says readOnly', () => {
    assert.deepEqual(jobOf(MOVE).volumes[0], {
      name: 'dumps',
      persistentVolumeClaim: { claimName: 'dumps', readOnly: false },
    });
    assert.deepEqual(jobOf(ELSEWHERE.replace('Move', 'Copy')).volumes.slice(0, 2), [
      { name: 'dumps', persistentVolumeClaim: { claimName: 'dumps', readOnly: true } },
      { name: 'archive', persistentVolumeClaim: { claimName: 'archive' } },
    ]);
  });

  it('have no key of encrypted dumps, which are archived as they are', () => {
    const decryption = '{"decryption":{"gpg":{"keySecretRef":{"name":"gpg","key":"key"}}}}';
    const { volumes, task } = jobOf(MOVE, FINISH, SETTINGS, decryption);
    assert.deepEqual(
      volumes.map(({ name }) => name),
      ['dumps', 'database', 'temporary'],
    );
    assert.equal(task.archive?.decryption, undefined);
  });

  it('are told to the runner by where they are mounted', () => {
    const { archive } = jobOf(MOVE).task;
    assert.deepEqual(archive, {
      ...{ action: 'Move', path: 'archive', name: '{file}', evenIfTablesFailed: false },
      ...{ archiveFolder: '/dumps', dumpsFolder: '/dumps' },
    });
    assert.equal(jobOf(ELSEWHERE).task.archive?.archiveFolder, '/archive');
  });

  it('may be a folder of the node only where the installation allows it', () => {
    const onNode = 'archive: { action: Move, volume: { hostPath: { path: /srv } } }';
    assert.throws(() => jobOf(onNode), /spec\.archive\.volume\.hostPath is not allowed by this installation/);
    const allowed = jobOf(onNode, FINISH, { ...SETTINGS, allowHostPath: true });
    assert.deepEqual(allowed.volumes[1], { name: 'archive', hostPath: { path: '/srv' } });
  });
});
