import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteIdentifier } from '../../job-runner/plan/sql.ts';
import { copyInto, createVersionTable, versionTableOf } from '../statements.ts';
import { PARALLEL_TABLES, type Contender } from './contender.ts';

/** The reference for the others: a loader in Python, modelled on the predecessor of this project. */
export const psycopg2Loader: Contender = loaderThat('psycopg2 loader', { analyzes: false });

/** The same with ANALYZE, as Motherload does, so that both do the same work. */
export const psycopg2LoaderWithAnalyze: Contender = loaderThat('psycopg2 loader, then ANALYZE', { analyzes: true });

function loaderThat(name: string, { analyzes }: { analyzes: boolean }): Contender {
  return {
    name,
    prepare: async ({ set, databaseUri, workFolder, python }) => {
      const file = join(workFolder, 'psycopg2.json');
      const tables = set.tables.map((table) => ({
        dump: table.dump,
        entry: `${table.name}.dat`,
        create: createVersionTable(table),
        copy: copyInto(table, 'STDIN'),
        after: analyzes ? [`ANALYZE ${quoteIdentifier(versionTableOf(table))}`] : [],
      }));
      const mothers = new Set(set.tables.map((table) => table.name));
      const atEnd = analyzes ? [...mothers].map((mother) => `ANALYZE ONLY ${quoteIdentifier(mother)}`) : [];
      mkdirSync(workFolder, { recursive: true });
      writeFileSync(file, JSON.stringify({ uri: databaseUri, processes: PARALLEL_TABLES, tables, at_end: atEnd }));
      return await Promise.resolve({
        program: python,
        parameters: [join(import.meta.dirname, 'psycopg2_loader.py'), file],
      });
    },
  };
}
