import { describeFailure, ManifestError, TransientError, type MotherloadError } from '../../crds/contract/errors.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { CatalogueTask } from '../../crds/contract/task.ts';
import { loadsTable } from '../plan/ledger-statements.ts';
import { changeStatements, typesBefore, type MotherChange } from '../plan/mother/mother-change.ts';
import type { MotherPlan } from '../plan/mother/mother-plan.ts';
import { refuseChanges } from '../plan/mother/refuse-changes.ts';
import { analyzeStatement } from '../plan/statements.ts';
import type { TableName } from '../plan/sql.ts';
import { isLossy } from '../plan/type-compatibility.ts';
import { readFamilyNames } from './change-obstacles.ts';
import type { Database } from './connection.ts';
import { isRefusedStatement, toMotherloadError } from './database-errors.ts';
import { withLockRetry } from './lock.ts';
import { lockMother } from './mothers.ts';
import { readMother } from './relations.ts';
import { hasSqlState, SQL_STATES } from './sql-state.ts';
import { withTransaction } from './transaction.ts';

type ChangeTask = Pick<CatalogueTask, 'target' | 'records'>;

/**
 * Changes each mother with all its versions as planned, in a transaction of its own. A mother that PostgreSQL does not change stays as it is, and the versions
 * that need it are refused in the plan that comes back. It is idempotent.
 */
export async function changeMothers(
  db: Database,
  task: ChangeTask,
  plans: readonly MotherPlan[],
  log: Log,
): Promise<readonly MotherPlan[]> {
  const changed: MotherPlan[] = [];
  for (const plan of plans) changed.push(plan.changes === undefined ? plan : await changeMother(db, task, plan, log));
  return changed;
}

async function changeMother(db: Database, task: ChangeTask, plan: MotherPlan, log: Log): Promise<MotherPlan> {
  const mother = { schema: task.target.schema, name: plan.name };
  const list = plan.changes?.list ?? [];
  try {
    const { statements, widened } = await withTransaction(db, () => changeLocked(db, task, mother, list));
    for (const statement of statements) log.info(statement, { step: 'mothers', table: plan.name });
    await analyze(db, widened, log);
    return plan;
  } catch (error) {
    const translated = translate(error, mother, plan);
    if (translated instanceof TransientError) throw translated;
    const { message } = translated.toFailure(task.records ?? 'Hidden');
    const why = `PostgreSQL refuses that, and nothing was changed: ${message}`;
    log.error(describeFailure(translated.toFailure(task.records ?? 'Hidden')), { step: 'mothers', table: plan.name });
    return refuseChanges(plan, new Map(list.map((change) => [change, { code: 'MotherCannotChange', why }])));
  }
}

/** Statistics of a column do not survive a change of its type. Outside of the transaction, which nobody should wait for any longer. */
async function analyze(db: Database, widened: readonly TableName[], log: Log): Promise<void> {
  for (const table of widened) {
    await db.query(analyzeStatement(table)).catch((error: unknown) => {
      if (!isRefusedStatement(error)) throw toMotherloadError(error, { table: table.name });
      log.warn(`no statistics of ${table.schema}.${table.name}: ${(error as Error).message}`, { step: 'mothers' });
    });
  }
}

/** In the transaction: what was run, and the tables whose columns have another type now. */
async function changeLocked(
  db: Database,
  { target }: ChangeTask,
  mother: TableName,
  planned: readonly MotherChange[],
): Promise<{ readonly statements: readonly string[]; readonly widened: readonly TableName[] }> {
  await lockMother(db, mother);
  const changes = await stillNeeded(db, mother, planned);
  const statements = changeStatements(mother, changes);
  if (changes.length === 0) return { statements, widened: [] };
  return await withLockRetry(db, async () => {
    for (const statement of statements) await db.query(statement);
    const types = typesBefore(changes);
    if (Object.keys(types).length === 0) return { statements, widened: [] };
    const family = await readFamilyNames(db, mother);
    await rememberTypes(db, target.ledgerSchema, family, types);
    return { statements, widened: family };
  });
}

/** Another run may have made the same changes, or others, since the plan. */
async function stillNeeded(
  db: Database,
  mother: TableName,
  planned: readonly MotherChange[],
): Promise<readonly MotherChange[]> {
  const columns = new Map((await readMother(db, mother.schema, mother.name))?.columns.map((one) => [one.name, one]));
  return planned.filter((change) => {
    const column = columns.get(change.column);
    if (change.does === 'AllowNull') return column?.notNull === true;
    if (column === undefined ? change.does === 'Add' : column.type === ('from' in change ? change.from : ''))
      return true;
    if (column !== undefined && !isLossy(change.type, column.baseType ?? column.type)) return false;
    const message = `the mother table ${mother.name} was changed since the run was planned: it is planned again`;
    throw new TransientError('MotherChanged', message, { table: mother.name, column: change.column });
  });
}

/**
 * The ledger keeps the types by which the versions were loaded, the first ones of a column that is widened twice, so that their content is known
 * again.
 */
async function rememberTypes(
  db: Database,
  ledgerSchema: string,
  family: readonly TableName[],
  types: Readonly<Record<string, string>>,
): Promise<void> {
  await db.query(
    `UPDATE ${loadsTable(ledgerSchema)} SET loaded_as = $1::jsonb || loaded_as
      WHERE (target_schema, version_table) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
    [JSON.stringify(types), family.map(({ schema }) => schema), family.map(({ name }) => name)],
  );
}

function translate(error: unknown, { name }: TableName, plan: MotherPlan): MotherloadError {
  if (hasSqlState(error, SQL_STATES.lockNotAvailable)) {
    const message = `the mother table ${name} or one of its ${(plan.changes?.tables ?? 1) - 1} versions is in use, and the change that this run needs waits for its readers: end their transactions, or wait for the next attempt`;
    return new TransientError('MotherInUse', message, { table: name }, { cause: error });
  }
  // Retried, it would fail again: each table and index needs a lock to the end of the transaction.
  if (hasSqlState(error, SQL_STATES.outOfMemory)) {
    const message = `${(error as Error).message}: raise the server's max_locks_per_transaction`;
    return new ManifestError('MotherCannotChange', message, { table: name }, { cause: error });
  }
  return toMotherloadError(error, { table: name });
}
