import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { motherload } from './cli.ts';

const NIGHTLY = 'examples/nightly.yaml';

describe('motherload validate', () => {
  it('shows when a schedule runs next, as clocks of its zone show it', async () => {
    const { code, stdout } = await motherload(['validate', '-f', NIGHTLY]);
    assert.equal(code, 0);
    const [first, second] = stdout.split('\n');
    assert.equal(first, 'scheduleddumpingestion/nightly is valid');
    assert.match(second ?? '', /^ {2}next runs \(Europe\/Berlin\): (\w{3} \d{4}-\d\d-\d\d 02:00 GMT\+[12](, )?){5}$/);
  });

  it('has the next runs as moments in its JSON', async () => {
    const { stdout } = await motherload(['validate', '-f', NIGHTLY, '--output', 'json']);
    const { files } = JSON.parse(stdout) as { files: { schedules: { name: string; runs: string[] }[] }[] };
    const [schedule] = files[0]?.schedules ?? [];
    assert.equal(schedule?.name, 'nightly');
    const moments = schedule.runs.map((run) => Date.parse(run));
    assert.equal(moments.length, 5);
    assert(moments.every((moment, index) => moment > (moments[index - 1] ?? Date.now())));
  });

  it('refuses an expression and a time zone that a cluster would only refuse in a condition', async () => {
    const spec =
      'spec: { schedule: "0 2 31 2 *", timeZone: Europe/Berlln, ingestionTemplate: { spec: { source: { volume: { nfs: { server: a, path: /b } } }, target: { databaseSecretRef: { name: d } } } } }';
    const input = `apiVersion: motherload.dev/v1alpha1\nkind: ScheduledDumpIngestion\nmetadata: { name: never }\n${spec}\n`;
    const { code, stderr } = await motherload(['validate', '-f', '-'], { input });
    assert.equal(code, 2);
    assert.match(stderr, /spec\.schedule: the schedule "0 2 31 2 \*" is not valid: it never comes/);
    assert.match(stderr, /spec\.timeZone: the time zone "Europe\/Berlln" is not known/);
  });
});

describe('motherload run', () => {
  it('runs the template of a schedule once and now, and says so; again, nothing is new', async () => {
    const { uri } = await createTestDatabase();
    const parameters = ['run', '-f', NIGHTLY, '--dumps', 'examples/dumps', '--database', uri];
    const first = await motherload(parameters);
    assert.equal(first.code, 0, first.stderr);
    assert.match(
      first.stderr,
      /^nightly: the template of ScheduledDumpIngestion nightly, once and now; only a cluster starts runs on its schedule$/m,
    );
    assert.match(first.stdout, /nightly complete: tables: 14 loaded/);
    const again = await motherload(parameters);
    assert.equal(again.code, 0);
    assert.match(again.stdout, /nightly complete: tables: 14 unchanged; 0 rows/);
  });
});
