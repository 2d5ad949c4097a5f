import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { DumpIngestionStatus } from '../../crds/contract/generated.ts';
import type { TableView } from '../../bin/output/run-view.ts';
import { connect } from '../../job-runner/database/connection.ts';
import { lockStagingTable } from '../../job-runner/database/staging-table.ts';
import { stagingTable } from '../../job-runner/plan/staging-table.ts';
import { createTestDatabase } from '../database.ts';
import { motherload, startMotherload, temporaryFolder } from './cli.ts';
import { dumpsFolder, manifest, table } from './dumps.ts';

const TABLES = 150;
/** The first ones by their names. */
const FREE = [0, 1];

describe('motherload run', () => {
  it('stops trying when the database no longer lets its role in, says so, and loads the rest in the next run', async () => {
    const database = await createTestDatabase();
    const role = `locked_${randomBytes(4).toString('hex')}`;
    await database.query(`CREATE ROLE ${role} LOGIN`);
    const [{ name } = {}] = await database.query('SELECT current_database() AS name');
    await database.query(`GRANT CREATE ON DATABASE ${String(name)} TO ${role}`);
    const tables = Array.from({ length: TABLES }, (_, index) => table(`t${index}`, ['id int'], [{ id: '1' }]));
    const folder = await dumpsFolder({ 'crm_v1.zip': tables });
    const file = join(temporaryFolder(), 'ingestion.yaml');
    const text = manifest(folder).replace('name: database }', 'name: database }, schema: crm');
    writeFileSync(file, text);
    const uri = database.uri.replace(/\/\/[^@/]*@?/, `//${role}@`);
    const command = ['run', '-f', file, '--database', uri, '--output', 'json'];

    // Whoever has a table's lock keeps its load waiting: two tables are loaded, and no more before the role is locked out.
    const holder = await connect(database.uri);
    for (let index = 0; index < TABLES; index++)
      if (!FREE.includes(index))
        await lockStagingTable(holder, stagingTable('motherload', { schema: 'crm', name: `v1_t${index}` }));
    const { child, result } = startMotherload(command);
    child.stdin.end();
    const isLedgerThere = "SELECT to_regclass('motherload.loads') IS NOT NULL AS there";
    while ((await database.query(isLedgerThere))[0]?.['there'] !== true) await wait(10);
    while ((await database.query('SELECT 1 FROM motherload.loads')).length < FREE.length) await wait(10);
    await database.query(`ALTER ROLE ${role} NOLOGIN`);
    await holder.end();
    const ended = new AbortController();
    const lockOut = (async () => {
      while (!ended.signal.aborted) {
        await database.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);
        await wait(20);
      }
    })();
    const first = await result;
    ended.abort();
    await lockOut;
    assert.equal(first.code, 1, first.stderr);
    const { status, tables: views } = runOf(first.stdout);
    assert.equal(status.stalled?.code, 'Sql28000');
    const loaded = views.filter((view) => view.status.phase === 'Loaded').length;
    const tried = views.filter((view) => (view.status.attempts ?? 0) > 0).length - loaded;
    assert(loaded >= FREE.length && tried >= 3 && tried <= 8, `${loaded} loaded, ${tried} tried in vain`);
    assert((status.tables?.pending ?? 0) > TABLES / 2, JSON.stringify(status.tables));

    await database.query(`ALTER ROLE ${role} LOGIN`);
    const second = await motherload(command);
    assert.equal(second.code, 0, second.stderr);
    const { loaded: now = 0, alreadyLoaded = 0 } = runOf(second.stdout).status.tables ?? {};
    assert.equal(now + alreadyLoaded, TABLES);
    assert(alreadyLoaded >= loaded);
    await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  });
});

function runOf(json: string) {
  const { ingestions } = JSON.parse(json) as {
    ingestions: [{ status: DumpIngestionStatus; tables: readonly TableView[] }];
  };
  return ingestions[0];
}
