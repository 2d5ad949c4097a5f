import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { fromBufferPromise, type Entry } from 'yauzl';
import { EXAMPLE_DUMPS_FOLDER, exampleDumps } from '../../examples/generate-dumps.ts';
import { dumpEntries, zipDump, type ExampleDump } from '../../examples/generator/dump.ts';
import { Random } from '../../examples/generator/random.ts';

const DUMPS = exampleDumps();
const dumpOf = (file: string): ExampleDump => {
  const dump = DUMPS.find((candidate) => candidate.file === file);
  assert(dump);
  return dump;
};

/** The entries of a ZIP, in order: name, time as the ZIP keeps it, content. */
async function readZip(bytes: Buffer): Promise<{ name: string; time: number; content: Buffer }[]> {
  const zip = await fromBufferPromise(bytes);
  const entries = [];
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    const content = await buffer(await zip.openReadStreamPromise(entry));
    entries.push({ name: entry.fileName, time: entry.lastModFileDate * 65_536 + entry.lastModFileTime, content });
  }
  return entries;
}

describe('the example dumps', () => {
  // Entry by entry, since zlib may compress the same bytes differently on another processor.
  for (const dump of DUMPS) {
    it(`in examples/dumps are what the generator writes: ${dump.file}`, async () => {
      const committed = await readZip(readFileSync(join(EXAMPLE_DUMPS_FOLDER, dump.file)));
      const made = await readZip(await zipDump(dump));
      assert.deepEqual(
        committed.map(({ name, time }) => ({ name, time })),
        made.map(({ name, time }) => ({ name, time })),
      );
      for (const [index, { name, content }] of made.entries()) {
        assert(
          committed[index]?.content.equals(content),
          `${dump.file}:${name} differs: run \`node examples/generate-dumps.ts\``,
        );
      }
    });
  }

  it('are complete, with no other files, and small enough for a repository', () => {
    assert.deepEqual(readdirSync(EXAMPLE_DUMPS_FOLDER).sort(), DUMPS.map(({ file }) => file).sort());
    const bytes = DUMPS.reduce((sum, { file }) => sum + statSync(join(EXAMPLE_DUMPS_FOLDER, file)).size, 0);
    assert(bytes < 2_000_000, `${bytes} bytes`);
  });

  it('are the same in every time zone', async () => {
    const dump = dumpOf('workshop_r1.zip');
    const zone = process.env['TZ'];
    const made = [];
    for (const other of ['Asia/Tokyo', 'America/St_Johns']) {
      process.env['TZ'] = other;
      made.push(await zipDump(dump));
    }
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    assert(made[0]?.equals(made[1] ?? Buffer.alloc(0)));
  });

  it('have schema files with a trailing comma, and DAT files with another order of columns', () => {
    const entries = new Map(
      dumpEntries(dumpOf('velo_v1.zip')).map(({ name, content }) => [name, content.toString('latin1')]),
    );
    const text = entries.get('bikes.json') ?? '';
    assert.match(text, /,\n\]\n$/);
    assert.throws(() => JSON.parse(text) as unknown);
    const schema = load(text) as { column_name: string }[];
    const header = entries.get('bikes.dat')?.split('\n')[0]?.split('|');
    assert.notDeepEqual(
      schema.map((column) => column.column_name),
      header,
    );
    assert.deepEqual(schema.map((column) => column.column_name).sort(), header);
  });

  it('contain what makes loading hard: NULL and the word NULL, delimiters, quotes and line breaks in fields, Latin-1', () => {
    const members = dumpEntries(dumpOf('velo_v2.zip')).find(({ name }) => name === 'members.dat');
    const text = members?.content.toString('latin1') ?? '';
    for (const part of [
      '|NULL\n',
      '|`NULL`\n',
      'gears: 1|2|3`',
      '``0000``',
      'first line\nsecond line\n\nfourth line',
      'Günther',
      '|``\n',
    ]) {
      assert(text.includes(part), JSON.stringify(part));
    }
    assert(members?.content.includes(Buffer.from([0x47, 0xfc, 0x6e])), 'Gün in Latin-1');
  });

  it('change their columns from version to version: some are added, some removed, some change their type', () => {
    const typesOf = (file: string) =>
      new Map(
        dumpOf(file).tables.flatMap(({ name, columns }) =>
          columns.map((column) => [`${name}.${column.name}`, column.type] as const),
        ),
      );
    const [first, last] = [typesOf('velo_v1.zip'), typesOf('velo_v3.zip')];
    assert(!first.has('rides.metres') && last.has('rides.metres'));
    assert(first.has('stations.city') && !last.has('stations.city'));
    assert.deepEqual([first.get('rides.ride_id'), last.get('rides.ride_id')], ['int', 'bigint']);
  });
});

describe('the generator of random numbers', () => {
  it('returns the same numbers for the same seed, and every number of a range', () => {
    const numbers = (seed: string) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => random.integer(1, 6));
    };
    assert.deepEqual(numbers('a'), numbers('a'));
    assert.notDeepEqual(numbers('a'), numbers('b'));
    assert.deepEqual([...new Set(numbers('a'))].sort(), [1, 2, 3, 4, 5, 6]);
  });
});
