/**
 * `make bench`: Motherload against other ways to load the same dumps into the same server, in one run on one machine.
 * What it measures and how to read it: docs/benchmarks.md
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ignoreLibpqVariables } from '../job-runner/database/connection.ts';
import { benchmark, contendersFor, referenceOf } from './benchmark.ts';
import { prepareDataSets, SET_NAMES } from './data.ts';
import { describeMachine } from './machine.ts';
import { startServer, unpack } from './server.ts';
import { printable, summarize } from './table.ts';
import { prepareTools } from './tools.ts';

const USAGE = `usage: make bench, or node bench/run.ts [--gigabytes N] [--repeat N] [--only SET] [--contender PART ...] [--build FOLDER ...]
  --gigabytes N     size of the one large table, and of texts; each of the nine has a tenth of it, bcp and tab a half, faulty a fiftieth (1)
  --repeat N        rounds, whose medians are printed (3)
  --only SET        one of the data sets: ${SET_NAMES.join(', ')}; may be repeated
  --contender PART  only contenders whose name contains PART; may be repeated
  --build FOLDER    another checkout of Motherload with its node_modules, to compare this one with; may be repeated`;

const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true, default: [] },
    contender: { type: 'string', multiple: true },
    build: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
const bytes = Math.round(Number(values.gigabytes) * 1e9);
const rounds = Number(values.repeat);
if (values.help || !(bytes > 0) || !(rounds > 0)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

// So that psql and psycopg2 use the server that is started here, too.
ignoreLibpqVariables();
const data = join(import.meta.dirname, 'data');
const log = (line: string) => console.error(line);
const python = await prepareTools(data);
log('data (generated once, kept in bench/data)');
const wanted = SET_NAMES.filter((name) => values.only.length === 0 || values.only.includes(name));
const sets = await prepareDataSets(data, bytes, wanted);
const server = await startServer();
try {
  const unpacked = await unpack(server, sets);
  const machine = await describeMachine(server, python);
  for (const [name, value] of Object.entries(machine)) console.log(`${name}: ${value}`);
  const results = [];
  for (const set of sets) {
    const contenders = contendersFor(set, values.build).filter(
      ({ name }) => values.contender?.some((part) => name.includes(part)) ?? true,
    );
    const { all, rows } = await benchmark({ server, set, contenders, rounds, python, unpacked, log });
    const volume = { bytes: set.tables.reduce((sum, table) => sum + statSync(unpacked(table)).size, 0), rows };
    const summaries = summarize(all, volume, referenceOf(set));
    console.log(
      `\n${set.title}: ${(volume.bytes / 1e6).toFixed(0)} MB, ${rows} rows, medians of ${rounds}\n${printable(summaries, referenceOf(set))}`,
    );
    results.push({ set: set.name, volume, summaries, all });
  }
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, JSON.stringify({ machine, results }, undefined, 2));
  console.log(`\nevery round: ${file}`);
} finally {
  await server.stop();
}
