import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planText } from '../../../bin/output/plan-text.ts';
import { SILENT_LOG } from '../../../crds/contract/log.ts';
import type { LoadTask } from '../../../crds/contract/task.ts';
import type { Database } from '../../../job-runner/database/connection.ts';
import { migrateLedger } from '../../../job-runner/database/ledger.ts';
import { loadTable } from '../../../job-runner/load/load-table.ts';
import { createMotherStatement, type MotherPlan } from '../../../job-runner/plan/mother/plan-mothers.ts';
import { previewTable } from '../../../job-runner/preview/preview-table.ts';
import { createTestDatabase, SUPPORTED_VERSIONS, type PostgresqlVersion, type TestDatabase } from '../../database.ts';
import { load, taskOf, type Scene } from '../load/load-scene.ts';
import { recordStatements, type RecordedStatement } from './statement-recorder.ts';

/** What reads, or belongs to the session or the transaction: no part of a plan. */
const NOT_PLANNED = /^\s*(?:SELECT|WITH RECURSIVE|SET|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const DERIVED: MotherPlan = {
  name: 'rides',
  action: 'Create',
  origin: 'Derived',
  columns: [
    { name: 'rider', type: 'varchar(90)', notNull: false },
    { name: 'at', type: 'timestamp(3)', notNull: true },
  ],
  warnings: [],
};

interface Case {
  readonly setUp?: string;
  readonly scene: Scene;
  /** What the run creates after the preview and before the load. */
  readonly mother?: MotherPlan;
  /** Loaded first. */
  readonly earlier?: Scene;
}

const TEXT = 'ride_id|rider\n1|`Ann`\n2|NULL\n';
const MOTHER = 'CREATE TABLE rides (rider text, ride_id bigint)';
const CASES: Readonly<Record<string, Case>> = {
  'a table without a mother': { scene: { text: TEXT, mother: undefined } },
  'a table below a mother with indexes and constraints': {
    setUp: `${MOTHER}; ALTER TABLE rides ADD PRIMARY KEY (ride_id), ADD CHECK (false) NO INHERIT; CREATE INDEX ON rides (lower(rider))`,
    scene: { text: TEXT },
  },
  'a mother whose indexes are not wanted': {
    setUp: `${MOTHER}; CREATE INDEX ON rides (ride_id)`,
    scene: { text: TEXT, spec: 'motherTables: { indexes: None }' },
  },
  "a column of the mother's that is converted": {
    setUp: `CREATE TABLE rides (photo bytea DEFAULT '\\x01' CHECK (photo <> '\\x00'::bytea), ride_id int)`,
    scene: { text: 'ride_id|photo\n1|0x41\n', columns: { ride_id: 'int', photo: 'image' } },
  },
  "a column of the version's own that is converted": {
    setUp: MOTHER,
    scene: { text: 'ride_id|photo\n1|0x41\n', columns: { ride_id: 'int', photo: 'image' } },
  },
  'a table that replaces another': {
    setUp: `${MOTHER}; CREATE INDEX by_rider ON rides (rider)`,
    earlier: { text: TEXT },
    scene: { text: 'ride_id|rider\n7|`Bob`\n', spec: 'loading: { onExisting: Replace }' },
  },
  'a mother that the run creates': {
    mother: DERIVED,
    scene: {
      text: 'rider|at|price\n`Ann`|2024-02-29 12:00:00.000|1.50\n',
      columns: { rider: 'varchar(90)', at: 'datetime', price: 'decimal(5,2)' },
    },
  },
  'names that need care': {
    setUp: MOTHER,
    scene: { text: "ride_id|it's $1 \xe9; --\n1|2\n", columns: { ride_id: 'int', "it's $1 \\u00e9; --": 'int' } },
  },
  'a format of its own': {
    setUp: MOTHER,
    scene: {
      text: 'ride_id,rider\n1,"a\\"b"\n',
      spec: `format: { delimiter: ',', quote: '"', escape: '\\', nullMarker: '' }`,
    },
  },
};

async function prepare(version: PostgresqlVersion, { setUp, earlier }: Case): Promise<TestDatabase> {
  const database = await createTestDatabase(version);
  await migrateLedger(database.client, 'motherload');
  if (setUp !== undefined) await database.query(setUp);
  if (earlier !== undefined) await load(database, earlier);
  return database;
}

/** The statements as `motherload plan` prints them. */
async function printed(task: LoadTask, mother: MotherPlan | undefined, db: Database | undefined): Promise<string> {
  const table = await previewTable(task, mother, new Set(), db);
  assert.equal(table.failure, undefined);
  const [, section = ''] = planText({ name: 'nightly', mothers: [], warnings: [], tables: [table] }).split('\n\n');
  return section.replaceAll(/^--.*\n/gm, '');
}

/** What would be printed for these: the statements of the streams, which must be alike, once. */
function asPrinted(recorded: readonly RecordedStatement[], streams: number): string {
  const planned = recorded.filter(({ sql }) => !NOT_PLANNED.test(sql));
  const first = planned.findIndex(({ connection }) => connection > 0);
  const ofStreams = planned.filter(({ connection }) => connection > 0);
  const last = planned.findLastIndex(({ connection }) => connection > 0);
  if (streams === 1) assert.equal(first, -1);
  else assert.equal(last - first + 1, ofStreams.length, 'the streams are one step');
  const byStream = [...Map.groupBy(ofStreams, ({ connection }) => connection).values()];
  assert.equal(byStream.length, streams === 1 ? 0 : streams);
  const texts = byStream.map((each) => each.map(({ sql }) => sql));
  for (const each of texts) assert.deepEqual(each, texts[0]);
  const all = planned.map(({ sql }) => sql);
  const once = streams === 1 ? all : [...all.slice(0, first), ...(texts[0] ?? []), ...all.slice(last + 1)];
  return once.map((sql) => `${sql.replaceAll(UUID, '…')};`).join('\n');
}

for (const version of SUPPORTED_VERSIONS) {
  suite(`the statements that PostgreSQL ${version} is sent during a load are those of the plan`, () => {
    for (const [title, each] of Object.entries(CASES)) {
      for (const streams of [1, 2]) {
        test(`for ${title} (streams: ${streams})`, async () => {
          const database = await prepare(version, each);
          const task = await taskOf({ ...each.scene });
          const streamed = { ...task, loading: { ...task.loading, streamsPerTable: streams } };
          const plan = await printed(streamed, each.mother, database.client);
          if (each.mother !== undefined) await database.query(createMotherStatement('public', each.mother));
          const recorded = await recordStatements(database, async (uri) => {
            assert.equal((await loadTable(streamed, uri, SILENT_LOG, () => undefined)).outcome, 'Loaded');
          });
          assert.equal(asPrinted(recorded, streams), plan);
        });
      }
    }

    test('also where the plan was made without a database', async () => {
      for (const each of [CASES['a table without a mother'], CASES['a mother that the run creates']]) {
        assert(each !== undefined);
        const task = await taskOf(each.scene);
        const plan = await printed(task, each.mother, undefined);
        const database = await prepare(version, each);
        if (each.mother !== undefined) await database.query(createMotherStatement('public', each.mother));
        const recorded = await recordStatements(database, (uri) => load({ uri }, task));
        assert.equal(asPrinted(recorded, 1), plan);
      }
    });

    test('and end with those of the next format where a value is not for the first', async () => {
      const database = await prepare(version, { setUp: MOTHER, scene: { text: '' } });
      const task = await taskOf({ text: 'ride_id|rider\n1|`Ann`\n 2|`Bob`\n' });
      const plan = await printed(task, undefined, database.client);
      const recorded = await recordStatements(database, (uri) => load({ uri }, task));
      const attempts = asPrinted(recorded, 1).split(/(?<=;\n)(?=DROP TABLE IF EXISTS)/);
      assert.equal(attempts.length, 2);
      const [binary = '', text = ''] = attempts;
      assert(plan.startsWith(binary) && binary.includes('FORMAT binary'));
      const copy = /^COPY .*;$/m;
      assert.match(copy.exec(text)?.[0] ?? '', /FORMAT text/);
      assert.equal(text.replace(copy, ''), plan.replace(copy, ''));
    });
  });
}
