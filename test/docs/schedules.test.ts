import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseCronExpression } from '../../crds/contract/cron-expression.ts';
import { readManifests } from '../../crds/contract/manifest.ts';
import { METRICS } from '../../operator/engine/metrics.ts';
import { Timetable } from '../../operator/schedule/moments.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
const text = readFileSync(join(DOCS, 'schedules.md'), 'utf8');

/** What clocks show on that day when the schedule runs. */
function runsOn(day: string, schedule: string, timeZone: string): string[] {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const timetable = Timetable.of(schedule, timeZone);
  const start = Date.parse(`${day}T00:00Z`);
  const runs: string[] = [];
  let moment = timetable.next(start - 86_400_000);
  for (; moment !== undefined && moment < start + 2 * 86_400_000; moment = timetable.next(moment)) {
    const [shownDay, time = ''] = format.format(moment).split(' ');
    if (shownDay === day) runs.push(time);
  }
  return runs;
}

describe('docs/schedules.md', () => {
  it('says when schedules run on the days on which clocks change', () => {
    const rows = [...text.matchAll(/^\| `(.+?)` \| `(\S+)` \| (\d{4}-\d\d-\d\d) \| .*? \| (.*) \|$/gm)];
    assert.equal(rows.length, 9);
    for (const [, schedule = '', timeZone = '', day = '', shown = ''] of rows) {
      const runs = runsOn(day, schedule, timeZone).join();
      const times = (shown.match(/\d\d:\d\d/g) ?? []).join();
      if (shown.includes('…')) assert(runs.includes(times), `${schedule} on ${day}: ${runs}`);
      else assert.equal(runs, times, `${schedule} on ${day}`);
    }
  });

  it('shows a valid manifest, and is right about expressions', () => {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
    assert.equal(readManifests([{ name: 'schedules.md', text: yaml }]).schedules.length, 1);
    for (const field of ['1,15', '8-18', '*/15', '8-18/2', '5/15']) parseCronExpression(`${field} * * * *`);
    for (const refused of ['*/90 * * * *', '0-10/11 * * * *', '0 2 31 2 *', '@every 5m'])
      assert.throws(() => parseCronExpression(refused), { code: 'InvalidSchedule' });
  });

  it('links to existing pages and mentions existing fields and metrics', () => {
    for (const [, page = ''] of text.matchAll(/\]\((?!https:)([^)#]+)/g)) assert(existsSync(join(DOCS, page)), page);
    const reference = readFileSync(join(DOCS, 'reference.md'), 'utf8');
    for (const [, field = ''] of text.matchAll(/`(spec\.[A-Za-z.]+)`/g))
      assert(reference.includes(`\`${field}\``), field);
    for (const [, metric = ''] of text.matchAll(/`(motherload_\w+)/g)) assert(metric in METRICS, metric);
  });
});
