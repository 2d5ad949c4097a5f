import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadTask } from '../../../crds/contract/task.ts';
import { decideEntries } from '../../../job-runner/catalogue/decide-entries.ts';
import { scanDumps } from '../../../job-runner/catalogue/scan.ts';
import { DatFile } from '../../../job-runner/dump/dat-file.ts';
import { rawZip, type RawEntry } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder, writeFiles } from '../catalogue/tasks.ts';

const SCHEMA = '[{"column_name": "id", "column_type": "int"}]';
const folder = temporaryFolder();
let number = 0;

/** The task that a catalogue makes of a dump with one table. */
async function taskOf(entries: readonly RawEntry[], spec = '', schema = SCHEMA): Promise<LoadTask> {
  const dumpsFolder = `${folder}/${++number}`;
  writeFiles(dumpsFolder, { 'crm_v1.zip': rawZip([{ name: 'users.json', content: schema }, ...entries]) });
  const task = catalogueTask(dumpsFolder, spec);
  const tables = await scanDumps(task);
  const motherTables = { ...task.motherTables, withoutMother: 'Load' } as const;
  const { target } = task;
  const [table] = decideEntries({ ingestionName: 'nightly', tables, mothers: [], existing: [], target, motherTables });
  assert(table?.decision === 'Load', table?.message);
  return {
    ...task,
    kind: 'Load',
    table,
    loading: { streamsPerTable: 1, onExisting: 'Fail' },
    indexes: 'None',
  };
}

async function read(task: LoadTask): Promise<{ header: string | undefined; data: string; progress: number[] }> {
  const progress: number[] = [];
  const dat = await DatFile.open(task, (bytes) => progress.push(bytes));
  try {
    let data = '';
    let bytes = 0;
    for await (const chunk of dat.chunks()) {
      data += chunk.toString('latin1');
      bytes += chunk.length;
    }
    assert.equal(dat.excessBytes + bytes, task.table.dat?.bytes, 'each byte is a header or data');
    return { header: dat.header?.toString(), data, progress };
  } finally {
    await dat.close();
  }
}
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const chunks = (...contents: (string | Buffer)[]) =>
  contents.map((content, index) => ({ name: `users.${index}.dat`, content }));
const WITHOUT_HEADER = 'format: { header: false }\n';

describe('a DAT file', () => {
  const joined: Record<string, readonly [contents: (string | Buffer)[], data: string, spec?: string]> = {
    'in chunks, each with the header': [['id\n1\n', 'id\n2\n', 'id\n3\n'], '1\n2\n3\n'],
    'in one chunk': [['id\n1\n'], '1\n'],
    'in chunks, the first of them without a byte': [['', 'id\n1\n', '', 'id\n2\n'], '1\n2\n'],
    'with a terminator of its own, one chunk without it': [
      ['id&|\n1\n&|\n2', 'id&|\n3&', 'id&|\n4&|\n'],
      '1\n&|\n2&|\n3&&|\n4&|\n',
      'format: { recordTerminator: "&|\\n" }\n',
    ],
    'whose records end with LF alone, and a value with a carriage return': [
      ['id\n1\r', 'id\n2\r\n3', 'id\n4\n'],
      '1\r\n2\r\n3\n4\n',
      'format: { recordTerminator: "\\n" }\n',
    ],
    'whose chunk has no last line end': [['id\n1', 'id\n2'], '1\n2'],
    'whose chunk has no last line end, where others are CRLF': [['id\r\n1\r\n2', 'id\r\n3\r\n'], '1\r\n2\r\n3\r\n'],
    'whose chunk has the header alone': [['id\n', 'id', 'id\n3\n'], '3\n'],
    'whose chunk is empty': [['id\n1\n', '', 'id\n3\n'], '1\n3\n'],
    'in chunks without headers': [['1\n2\n', '3\n'], '1\n2\n3\n', WITHOUT_HEADER],
    'in chunks with byte order marks': [
      ['\ufeff1\n', '\ufeff2\n'],
      '1\n2\n',
      'format: { header: false, encoding: UTF8 }\n',
    ],
    'whose first chunk alone has a mark': [['\ufeffid\n1\n', 'id\n2\n'], '1\n2\n'],
    'whose chunks are UTF-16, and UTF-8': [[utf16('\ufeffid\r\n1'), utf16('id\r\n2'), '\ufeffid\r\n3'], '1\r\n2\r\n3'],
  };
  for (const [title, [contents, data, spec = '']] of Object.entries(joined)) {
    it(`is read ${title}`, async () => {
      const task = await taskOf(chunks(...contents), spec);
      assert.equal(task.table.dat?.chunks, contents.length);
      const found = await read(task);
      assert.equal(found.data, data);
      assert.equal(found.progress.at(-1), task.table.dat.compressedBytes);
      assert.deepEqual(
        found.progress,
        found.progress.toSorted((one, other) => one - other),
      );
    });
  }

  it('is refused where a chunk begins with another line than the header', async () => {
    const task = await taskOf(chunks('id\n1\n', '2\n'));
    await assert.rejects(read(task), {
      code: 'ChunkHeader',
      location: { file: 'crm_v1.zip:users.1.dat', table: 'users', line: 1 },
    });
  });

  it('is refused where a later chunk alone has a header', async () => {
    const schema =
      '[{"column_name": "id", "column_type": "varchar"}, {"column_name": "name", "column_type": "varchar"}]';
    const task = await taskOf(chunks('1|one\n', 't.id|t.name\n2|two\n'), WITHOUT_HEADER, schema);
    await assert.rejects(read(task), {
      code: 'ChunkHeader',
      location: { file: 'crm_v1.zip:users.1.dat', table: 'users', line: 1 },
    });
  });

  it('is refused where a later chunk alone has a byte order mark', async () => {
    const task = await taskOf(chunks('id\n1\n', '\ufeffid\n2\n'));
    await assert.rejects(read(task), {
      code: 'ChunkEncoding',
      location: { file: 'crm_v1.zip:users.1.dat', table: 'users' },
    });
  });

  it('is refused where a chunk has content and declares none', async () => {
    const [first, second] = chunks('id\n1\n', 'id\n2\n') as [RawEntry, RawEntry];
    const task = await taskOf([first, { ...second, declaredBytes: 0 }]);
    await assert.rejects(read(task), { code: 'EntryLargerThanDeclared', location: { file: 'crm_v1.zip:users.1.dat' } });
  });

  it('is refused where a chunk is another one than the catalogue saw', async () => {
    const task = await taskOf(chunks('id\n1\n', 'id\n2\n'));
    const changed = [{ name: 'users.json', content: SCHEMA }, ...chunks('id\n1\n', 'id\n3\n')];
    writeFiles(task.dumpsFolder, { 'crm_v1.zip': rawZip(changed) });
    await assert.rejects(read(task), {
      code: 'DumpChanged',
      message: /users\.0\.dat to users\.1\.dat has other content/,
    });
  });
});
