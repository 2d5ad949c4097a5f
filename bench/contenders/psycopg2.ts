import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyInto, createVersionTable } from '../statements.ts';
import { PARALLEL_TABLES, type Contender } from './contender.ts';

/** The measure of the others: a loader in Python, after the predecessor of this project. */
export const psycopg2Loader: Contender = {
  name: 'psycopg2 loader',
  prepare: async ({ set, databaseUri, workFolder, python }) => {
    const file = join(workFolder, 'psycopg2.json');
    const tables = set.tables.map((table) => ({
      dump: table.dump,
      entry: `${table.name}.dat`,
      create: createVersionTable(table),
      copy: copyInto(table, 'STDIN'),
    }));
    mkdirSync(workFolder, { recursive: true });
    writeFileSync(file, JSON.stringify({ uri: databaseUri, processes: PARALLEL_TABLES, tables }));
    return await Promise.resolve({ program: python, parameters: [join(import.meta.dirname, 'psycopg2_loader.py'), file] });
  },
};
