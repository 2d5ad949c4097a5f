/**
 * Writes the example dumps, the same bytes each time: `node examples/generate-dumps.ts [FOLDER]`.
 * They are committed, so that a first run needs no generator; a test checks that they are what this writes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipDump, type ExampleDump } from './generator/dump.ts';
import { veloDumps } from './generator/velo.ts';
import { workshopDumps } from './generator/workshop.ts';

export const EXAMPLE_DUMPS_FOLDER = join(import.meta.dirname, 'dumps');

export function exampleDumps(): ExampleDump[] {
  return [...veloDumps(), ...workshopDumps()];
}

if (import.meta.main) {
  const folder = process.argv[2] ?? EXAMPLE_DUMPS_FOLDER;
  mkdirSync(folder, { recursive: true });
  for (const dump of exampleDumps()) {
    writeFileSync(join(folder, dump.file), await zipDump(dump));
    const tables = dump.tables.map((table) => `${table.name} ${table.rows.length}`).join(', ');
    console.log(`${join(folder, dump.file)}: ${tables}`);
  }
}
