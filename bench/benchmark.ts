import type { Contender } from './contenders/contender.ts';
import {
  motherloadOf,
  motherloadRun,
  motherloadRunWithLimit,
  motherloadVerify,
  runnerAlone,
} from './contenders/motherload.ts';
import { psycopg2Loader, psycopg2LoaderWithAnalyze } from './contenders/psycopg2.ts';
import { filterIntoPsql, pgloader, serverSideCopy, unzipIntoPsql } from './contenders/shell.ts';
import type { DataSet, Table } from './data.ts';
import { measure, type Measurement } from './measure.ts';
import { readLoaded, reset, type Loaded, type Server } from './server.ts';
import type { Rounds } from './table.ts';

/** The contender that the others are compared with. */
export function referenceOf({ name, format }: Pick<DataSet, 'name' | 'format'>): string {
  if (name === 'faulty') return pgloader.name;
  return (format.filter === undefined ? psycopg2Loader : filterIntoPsql).name;
}

/** `builds`: folders of other builds of Motherload, which are compared too. */
export function contendersFor(set: DataSet, builds: readonly string[]): readonly Contender[] {
  const ours = [motherloadRun, ...builds.map((folder) => motherloadOf(folder))];
  // pgloader reads no backslash escapes without quotes: of such a file it loads other texts, and not all records.
  if (set.format.filter !== undefined) return [filterIntoPsql, ...ours];
  // The others load nothing of a file with one bad record.
  if (set.name === 'faulty') return [pgloader, ...ours];
  const all = [unzipIntoPsql, psycopg2Loader, psycopg2LoaderWithAnalyze, serverSideCopy, ...ours];
  if (set.name === 'texts') return [...all, pgloader];
  all.push(motherloadRunWithLimit, motherloadVerify);
  return set.tables.length === 1 ? [...all, runnerAlone] : all;
}

export interface Plan {
  readonly server: Server;
  readonly set: DataSet;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  readonly python: string;
  readonly unpacked: (table: Table) => string;
  readonly log: (line: string) => void;
}

/**
 * Runs every contender once per round, so that other load on the machine affects all of them, and each round starts with another one. The first
 * round compares every loaded value, the others the number of rows.
 */
export async function benchmark(plan: Plan): Promise<{ all: Rounds[]; rows: number }> {
  const measured = new Map<string, Measurement[]>(plan.contenders.map(({ name }) => [name, []]));
  let rows = 0;
  for (let round = 0; round < plan.rounds; round++) {
    const start = round % plan.contenders.length;
    let first: Loaded | undefined;
    for (const contender of [...plan.contenders.slice(start), ...plan.contenders.slice(0, start)]) {
      const measurement = await measureOnce(plan, contender);
      measured.get(contender.name)?.push(measurement);
      plan.log(`${plan.set.name}, round ${round + 1}: ${contender.name} ${measurement.seconds.toFixed(1)} s`);
      const loaded = await readLoaded(plan.server, plan.set, round === 0);
      first ??= loaded;
      if (loaded.digest !== first.digest)
        throw new Error(`${contender.name} loaded something else:\n${loaded.digest}\n\n${first.digest}`);
      rows = loaded.rows;
    }
  }
  return { all: [...measured].map(([contender, rounds]) => ({ contender, rounds })), rows };
}

async function measureOnce({ server, set, python, unpacked }: Plan, contender: Contender): Promise<Measurement> {
  await reset(server, set, unpacked);
  const context = { set, databaseUri: server.uri, workFolder: server.folder, unpacked, python };
  return await measure(await contender.prepare(context), server.postmaster);
}
