import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSource, runSource, type SourceFiles } from './source-dumps.ts';

const TAB = 'preset: mysql-tab';

/** What `mysqldump --tab` writes of one table. */
const tab = (columns: string, text: string): SourceFiles => ({
  'visits.sql': `CREATE TABLE \`visits\` (${columns}) DEFAULT CHARSET=utf8mb4;\n`,
  'visits.txt': text,
});

describe('values that only MySQL has', () => {
  it('are numbers in tinyint(1), whatever they are', async () => {
    const files = tab('id int, `state` tinyint(1), `old` tinyint(1)', '1\t2\t0\n2\t-1\t1\n3\t0\t\\N\n4\t127\t-128\n');
    assert.deepEqual(await loadSource(TAB, files), {
      v1_visits: {
        columns: ['id integer', 'state smallint', 'old smallint'],
        rows: [
          ['1', '2', '0'],
          ['2', '-1', '1'],
          ['3', '0', null],
          ['4', '127', '-128'],
        ],
      },
    });
  });

  const DATES = tab(
    'id int, day date, at datetime(3), seen timestamp NULL, span time',
    '1\t0000-00-00\t0000-00-00 00:00:00.000\t0000-00-00 00:00:00\t00:00:00\n2\t2020-00-00\t2024-02-29 01:02:03.500\t\\N\t-01:00:00\n',
  );

  it('are dates that are no day, in columns of text if the manifest has it so', async () => {
    assert.deepEqual(await loadSource(`${TAB}, zeroDates: Text`, DATES), {
      v1_visits: {
        columns: ['id integer', 'day text', 'at text', 'seen text', 'span interval'],
        rows: [
          ['1', '0000-00-00', '0000-00-00 00:00:00.000', '0000-00-00 00:00:00', '00:00:00'],
          ['2', '2020-00-00', '2024-02-29 01:02:03.500', null, '-01:00:00'],
        ],
      },
    });
  });

  it('are dates that are no day, in one table alone as text', async () => {
    const format = `${TAB}, zeroDates: Fail, tables: [{ match: vis*, zeroDates: Text }]`;
    const { v1_visits } = await loadSource(format, DATES);
    assert.deepEqual(v1_visits?.columns, ['id integer', 'day text', 'at text', 'seen text', 'span interval']);
  });

  it('are an escaped NUL in JSON, which is refused with what to do', async () => {
    const { code, stderr } = await runSource(TAB, tab('id int, data json', '1\t{"a": "b"}\n2\t{"a": "x\\\\u0000y"}\n'));
    assert.equal(code, 1, stderr);
    assert.match(stderr, /line 2, column data: .*Map the type json to json or text in a dialect of your own/);
  });

  it('are raw bytes like a byte order mark at the beginning of a file', async () => {
    const files = tab('photo blob, id int', '');
    const { code, stderr } = await runSource(`${TAB}, binaryValues: Raw`, {
      ...files,
      'visits.txt': Buffer.from('\xef\xbb\xbfA\t1\n', 'latin1'),
    });
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /line 1, column photo: .*byte order mark \(UTF8\).*as hexadecimal digits, or behind another one/,
    );
    const behind = await loadSource(TAB, {
      ...tab('id int, photo blob', ''),
      'visits.txt': Buffer.from('\xef\xbb\xbf1\t\xef\xbb\xbfA\n', 'latin1'),
    });
    assert.deepEqual(behind['v1_visits']?.rows, [['1', '\\xefbbbf41']]);
  });
});
