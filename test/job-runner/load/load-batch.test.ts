import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { ResultsReport, TableResult } from '../../../crds/contract/report.ts';
import { inlineResults, resultsReader } from '../../../crds/contract/table-results.ts';
import type { LoadBatchTask, LoadTask } from '../../../crds/contract/task.ts';
import { loadBatch } from '../../../job-runner/load/load-batch.ts';
import { SUPPORTED_VERSIONS, type TestDatabase } from '../../database.ts';
import { writeDump } from '../../end-to-end/dumps.ts';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import { failureOf, idsOf, load, relationsOf, ridesDatabase, ridesText, taskOf } from './load-scene.ts';

/** A task of several tables of one dump, with these texts. */
async function batchOf(texts: readonly string[], run = 'run-1'): Promise<LoadBatchTask> {
  const { table, ...common } = await taskOf({ text: '', run });
  const columns = { ride_id: 'int', rider: 'varchar' };
  const named = texts.map((text, index) => [`rides${index}`, { columns, rows: [], text }] as const);
  await writeDump(common.dumpsFolder, 'crm_v1.zip', Object.fromEntries(named));
  const archive = await openArchive(`${common.dumpsFolder}/crm_v1.zip`, common.limits);
  const entryOf = async (file: string) => {
    const entry = archive.entries.find((one) => one.name === file) ?? assert.fail(file);
    const { name, bytes, compressedBytes } = entry;
    return { entry: name, bytes, compressedBytes, crc32: await archive.identify(entry) };
  };
  const tables: LoadTask['table'][] = [];
  for (const [name] of named)
    tables.push({
      ...{ ...table, table: name, versionTable: `v1_${name}` },
      ...{ dat: await entryOf(`${name}.dat`), schemaFile: await entryOf(`${name}.json`) },
    });
  await archive.close();
  return { ...common, kind: 'LoadBatch', tables };
}

async function run(database: Pick<TestDatabase, 'uri'>, task: LoadBatchTask) {
  const reports: ResultsReport[] = [];
  const result = await loadBatch(task, database.uri, SILENT_LOG, (report) => {
    if (report.report !== 'progress') reports.push(report);
  });
  const reader = resultsReader(task.tables.length);
  for (const report of reports) reader.add(report);
  const results = (result.results && inlineResults(result.results, task.tables.length)) ?? reader.complete;
  return { result, reports, results: results ?? assert.fail('no results') };
}

const summary = (results: readonly TableResult[]) =>
  results.map((each) =>
    each === null ? 'none' : each.outcome === 'Failed' ? each.failure.code : `${each.outcome} ${each.rows}`,
  );

for (const version of SUPPORTED_VERSIONS) {
  suite(`loadBatch on PostgreSQL ${version}`, () => {
    test('loads each table as if it were alone; a bad one fails alone', async () => {
      const database = await ridesDatabase(version);
      const task = await batchOf([ridesText([1, 2]), 'ride_id|rider\none|two\n', ridesText([3])]);
      const { result, results, reports } = await run(database, { ...task, records: 'Shown' });
      assert.equal(result.outcome, 'Succeeded');
      assert.deepEqual(reports, [], 'short results are within the final one');
      const [, bad] = results;
      assert(bad?.outcome === 'Failed');
      const alone = { ...task, kind: 'Load', table: task.tables[1] ?? assert.fail() } as const;
      const error = await failureOf(load(database, alone));
      assert.deepEqual(bad.failure, error);
      assert.deepEqual([bad.failure.kind, bad.failure.table, bad.failure.line], ['Data', 'rides1', 2]);
      assert.deepEqual(summary(results), ['Loaded 2', bad.failure.code, 'Loaded 1']);
      assert.deepEqual(await idsOf(database, 'rides'), [1, 2, 3]);
      const hidden = await run(database, task);
      assert.doesNotMatch(
        JSON.stringify(hidden.results),
        /one\|two|syntax/,
        'values are hidden unless the task allows them',
      );
    });

    test('goes on where the ledger says, with the numbers of the attempt that was killed', async () => {
      const database = await ridesDatabase(version);
      const task = await batchOf([ridesText([1, 2]), ridesText([3])]);
      const first = await run(database, { ...task, tables: task.tables.slice(0, 1) });
      const again = await run(database, task);
      assert.deepEqual(summary(again.results), ['Loaded 2', 'Loaded 1']);
      const seconds = [first.results[0], again.results[0]].map((each) => each?.outcome === 'Loaded' && each.seconds);
      assert.deepEqual(seconds[1], seconds[0]);
      assert.deepEqual(await idsOf(database, 'rides'), [1, 2, 3]);
      const other = await run(database, { ...task, ingestion: { ...task.ingestion, run: 'run-2' } });
      assert.deepEqual(summary(other.results), ['AlreadyLoaded 0', 'AlreadyLoaded 0']);
    });

    test('loads the others, and asks for another attempt, where one table fails by what may pass', async () => {
      const database = await ridesDatabase(version);
      const task = await batchOf([ridesText([1]), ridesText([2]), ridesText([3])]);
      // Raised by the load of one table alone.
      await database.query(`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
          IF to_regclass('v1_rides1') IS NOT NULL THEN RAISE EXCEPTION 'try again' USING ERRCODE = '40001'; END IF; END $$;
        CREATE EVENT TRIGGER refusing ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION refuse()`);
      const { result, results } = await run(database, task);
      assert.deepEqual(summary(results), ['Loaded 1', 'none', 'Loaded 1']);
      assert(result.outcome === 'Failed');
      assert.deepEqual([result.failure.kind, result.failure.code], ['Transient', 'Sql40001']);
      await database.query('DROP EVENT TRIGGER refusing');
      assert.deepEqual(summary((await run(database, task)).results), ['Loaded 1', 'Loaded 1', 'Loaded 1']);
    });

    test('stops at once where the next tables would fail as well', async () => {
      const database = await ridesDatabase(version);
      const role = `batch_${version}`;
      await database.query(`DROP ROLE IF EXISTS ${role}; CREATE ROLE ${role} LOGIN CONNECTION LIMIT 0`);
      const { result, results } = await run(
        { uri: database.uri.replace('postgres@', `${role}@`) },
        await batchOf([ridesText([1]), ridesText([2])]),
      );
      await database.query(`DROP ROLE ${role}`);
      assert(result.outcome === 'Failed');
      assert.equal(result.failure.code, 'Sql53300');
      assert.deepEqual(summary(results), ['none', 'none']);
      assert.equal((await relationsOf(database)).length, 1, 'nothing was created');
    });
  });
}
