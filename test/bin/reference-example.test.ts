import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTestDatabase } from '../database.ts';
import { motherload } from './cli.ts';
import { dumpsFolder, numbered, table } from './dumps.ts';

describe('examples/reference.yaml', () => {
  const users = (version: string, count: number, lines: readonly string[] = []) =>
    table(
      'users',
      ['user_id int', 'is_active bool', 'email varchar', 'instancecode varchar', 'created_stamp datetime', ...lines],
      numbered(count, (user_id) => ({
        ...{
          user_id,
          is_active: '1',
          email: `m${user_id}@example.org`,
          instancecode: version,
          created_stamp: 'Mar  3 2011 12:04AM',
        },
        city: 'Málaga',
      })),
    );
  const courses = (version: string, count: number) =>
    table(
      'courses',
      ['course_id int', 'course_name varchar', 'course_category varchar', 'instancecode varchar', 'hours int'],
      numbered(count, (course_id) => ({
        ...{
          course_id,
          course_name: `knots | ${course_id}`,
          course_category: 'sailing',
          instancecode: version,
          hours: '3',
        },
      })),
    );
  const assignments = (version: string, count: number) =>
    table(
      'user_assigned_courses',
      ['user_id int', 'course_id int', 'instancecode varchar', 'assigned_date datetime', 'completed_date datetime'],
      numbered(count, (user_id) => ({
        ...{
          user_id,
          course_id: '1',
          instancecode: version,
          assigned_date: 'Jan 29 2019  5:55AM',
          completed_date: user_id === '2' ? null : 'Feb  1 2019 11:04PM',
        },
      })),
    );

  it('loads dumps in the reference format into its three mother tables in schema public, and lists the skipped tables', async () => {
    const database = await createTestDatabase();
    const folder = await dumpsFolder({
      'dump_v1.zip': [
        users('v1', 9),
        courses('v1', 5),
        assignments('v1', 16),
        table('audit', ['line varchar'], [{ line: 'x' }]),
      ],
      'dump_v2.zip': [users('v2', 9, ['city varchar']), courses('v2', 5)],
      'dump_v3.zip': [users('v3', 9), courses('v3', 3), assignments('v3', 11)],
    });
    const { code, stdout, stderr } = await motherload([
      'run',
      '-f',
      'examples/reference.yaml',
      '--dumps',
      folder,
      '--database',
      database.uri,
    ]);
    assert.equal(code, 0, stderr);
    const mothers = stdout.slice(stdout.indexOf('MOTHER TABLE')).split('\n');
    assert.deepEqual(mothers.slice(0, 4), [
      'MOTHER TABLE           v1  v2  v3  VERSIONS  ALL ROWS',
      'courses                 5   5   3         3        13',
      'user_assigned_courses  16      11         2        27',
      'users                   9   9   9         3        27',
    ]);
    assert.match(stdout, /dump_v1\.zip +Skipped .*audit/);
    const rows = await database.query(
      'SELECT user_id, course_id, assigned_date::text, completed_date::text FROM public.user_assigned_courses ORDER BY tableoid, user_id::int LIMIT 2',
    );
    assert.deepEqual(rows, [
      { user_id: '1', course_id: '1', assigned_date: '2019-01-29 05:55:00', completed_date: '2019-02-01 23:04:00' },
      { user_id: '2', course_id: '1', assigned_date: '2019-01-29 05:55:00', completed_date: null },
    ]);
    assert.deepEqual(await database.query('SELECT DISTINCT city FROM public.v2_users'), [{ city: 'Málaga' }]);
  });
});
