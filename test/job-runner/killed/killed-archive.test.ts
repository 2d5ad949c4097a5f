import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { Archive, FinishTask } from '../../../crds/contract/task.ts';
import { finish } from '../../../job-runner/finish/finish.ts';
import { buildFinishTask } from '../../../operator/build/task.ts';
import { runLocally } from '../../../operator/local/run-locally.ts';
import { Runners } from '../../../operator/local/runners.ts';
import { createTestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { manifest } from '../../operator/fixtures.ts';
import { startDatabaseProxy } from './database-proxy.ts';

/** The finish Job is killed at random moments of its archive; nothing is lost, nothing half done is under a dump's name, and each dump is archived once. */
const MAIN = join(import.meta.dirname, '..', '..', '..', 'job-runner', 'main.ts');
const DUMPS = 12;
const KILLS = 12;
const SEED = 20261129;

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const filesOf = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((file) => statSync(join(folder, file)).isFile()).sort();

/** Numbers between 0 and 1 by the seed. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

const CASES = [
  { name: 'Move in one file system', action: 'Move', top: tmpdir() },
  { name: 'Move to another file system', action: 'Move', top: '/dev/shm' },
  { name: 'Copy', action: 'Copy', top: '/dev/shm' },
] as const satisfies readonly { name: string; action: Archive['action']; top: string }[];

for (const { name, action, top } of CASES) {
  describe(`an archive that is killed at random moments: ${name}`, () => {
    it('has every dump whole, once, and the ledger says so', { timeout: 600_000 }, async () => {
      const database = await createTestDatabase();
      const folder = mkdtempSync(join(tmpdir(), 'motherload-killed-archive-'));
      const archiveFolder = mkdtempSync(join(top, 'motherload-killed-archive-'));
      after(() => [folder, archiveFolder].forEach((path) => rmSync(path, { recursive: true, force: true })));
      const text = (version: number) =>
        `id|text\n${Array.from({ length: 100_000 }, (_, id) => `${id}|${createHash('md5').update(`${version} ${id}`).digest('hex')}\n`).join('')}`;
      mkdirSync(join(folder, 'eu'));
      for (let version = 1; version <= DUMPS; version++)
        await writeDump(folder, `${version % 2 === 0 ? 'eu/' : ''}crm_v${version}.zip`, {
          notes: { columns: { id: 'int', text: 'varchar' }, rows: [], text: text(version) },
        });
      const before = new Map(filesOf(folder).map((file) => [file, digest(join(folder, file))]));

      const spec = `archive: { action: ${action}, volume: { hostPath: { path: /nowhere } }, name: "{version}/{file}" }`;
      const ingestion = manifest(spec);
      // Everything but the archive, which cannot be written to yet: it is a file.
      const runners = new Runners({ command: [process.execPath, MAIN], databaseUri: database.uri, captureLog: false });
      const options = {
        dumpsFolder: folder,
        dialectFiles: {},
        runners,
        log: SILENT_LOG,
        backOff: { base: 20, cap: 100 },
      };
      const blocked = await runLocally({
        ...options,
        manifest: ingestion,
        archiveFolder: join(folder, 'eu/crm_v2.zip'),
      });
      await runners.end();
      assert.equal(blocked.ingestion.tables?.loaded, DUMPS, blocked.ingestion.message);
      await database.query('UPDATE motherload.dumps SET started_at = NULL, action = NULL, archived_as = NULL');
      const [row] = await database.query('SELECT ingestion_run AS run FROM motherload.dumps LIMIT 1');
      const uid = String(row?.['run']);
      const metadata = { namespace: 'default', name: 'nightly', uid, generation: 1 };
      const context = { volumeFolder: folder, archiveFolder, records: 'Shown' } as const;
      const task = buildFinishTask(
        { metadata, spec: ingestion.spec, status: {} },
        { kind: 'Finish', mothers: [] },
        context,
      );

      const moments = random(SEED);
      let killed = 0;
      for (let attempt = 0; attempt < KILLS; attempt++) {
        // Each time when one file more has come, at once or some milliseconds later.
        if (await killAtNextFile(task, database.uri, archiveFolder, moments.next().value * 8)) killed++;
        for (const [file, content] of before) {
          const places = [join(folder, file), join(archiveFolder, `${/v\d+/.exec(file)?.[0] ?? ''}/${file}`)];
          const found = places.filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
          assert(found.length > 0, `${file} is lost`);
          for (const path of found) assert.equal(digest(path), content, `${path} is not whole`);
        }
      }
      assert(killed >= KILLS / 4, `it was killed in the middle, ${killed} times`);
      const { archive } = await finish(task, database.uri, SILENT_LOG);
      assert.deepEqual(archive?.kept, 0);
      const expected = [...before.keys()].map((file) => `${/v\d+/.exec(file)?.[0] ?? ''}/${file}`).sort();
      assert.deepEqual(filesOf(archiveFolder), expected, 'nothing else is in the archive');
      assert.deepEqual(filesOf(folder), action === 'Move' ? [] : [...before.keys()].sort());
      const ledger = await database.query(
        'SELECT dump_file, count(*)::int AS times, bool_and(archived_at IS NOT NULL) AS archived FROM motherload.dumps GROUP BY 1 ORDER BY 1',
      );
      assert.deepEqual(
        ledger,
        [...before.keys()].sort().map((file) => ({ dump_file: file, times: 1, archived: true })),
      );
    });
  });
}

/**
 * Kills the runner so many milliseconds after it has made one file more; returns whether it was still at work. Each file is followed by a statement to
 * the ledger. These pass through this process, so that no file is missed where it gets less of a processor than the runner does.
 */
async function killAtNextFile(
  task: FinishTask,
  databaseUri: string,
  archiveFolder: string,
  milliseconds: number,
): Promise<boolean> {
  const count = () => readdirSync(archiveFolder, { recursive: true }).length;
  const before = count();
  let isMore = false;
  const look = () => (isMore ||= count() > before);
  const proxy = await startDatabaseProxy(databaseUri, { onClientData: look });
  const env = {
    PATH: process.env['PATH'],
    MOTHERLOAD_TASK: JSON.stringify(task),
    MOTHERLOAD_DATABASE_URI: proxy.uri,
    MOTHERLOAD_RESULT_FILE: '/dev/null',
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: 'ignore' });
  const ended = new Promise<string | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  while (child.exitCode === null && !look()) await sleep(1);
  await sleep(milliseconds);
  child.kill('SIGKILL');
  const signal = await ended;
  await proxy.close();
  return signal === 'SIGKILL';
}
