import { TransientError } from '../../crds/contract/errors.ts';
import { connect, type Database } from '../database/connection.ts';
import { withTransaction } from '../database/transaction.ts';
import { indexesBeforeCopy, type LoadSteps } from '../plan/load-steps.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import { runStep } from './attach.ts';
import { copyFile, type CopyResult } from './copy-file.ts';
import type { Load } from './load.ts';
import type { LoadRejects } from './load-rejects.ts';

/**
 * Creates the staging table, copies into it and lets `attach` complete the load, in one transaction. A single stream does all of it in that
 * transaction, so that a crash leaves nothing. Several streams are connections of their own and need a committed table. The next attempt drops it
 * after a crash, and this one after an error.
 */
export async function copyIntoStaging(
  load: Load,
  steps: LoadSteps,
  rejects: LoadRejects | undefined,
  attach: (copied: CopyResult) => Promise<void>,
): Promise<CopyResult> {
  const { db } = load;
  const copyAndAttach = async (copying: Promise<CopyResult>): Promise<CopyResult> => {
    const copied = await copying;
    await attach(copied);
    return copied;
  };
  await db.query(steps.clear);
  if (steps.copy.streams === 1) {
    return await withTransaction(db, async () => {
      await createStagingTable(load, steps);
      return await copyAndAttach(copyFile(load, steps, rejects, [db]));
    });
  }
  await createStagingTable(load, steps);
  try {
    // It begins before COPY, since it keeps the rejects.
    return await withTransaction(db, () => copyAndAttach(copyThroughConnections(load, steps, rejects)));
  } catch (error) {
    // If the connection is lost as well, the next attempt drops it.
    await db.query(steps.clear).catch(() => undefined);
    throw error;
  }
}

/** With the indexes that are needed during COPY. */
export async function createStagingTable(load: Load, steps: LoadSteps): Promise<void> {
  const { db, watch, progress } = load;
  progress.enter('create');
  await watch.time('create', async () => {
    for (const statement of steps.create) await db.query(statement);
    for (const step of indexesBeforeCopy(steps)) await runStep(load, step);
  });
}

async function copyThroughConnections(
  load: Load,
  steps: LoadSteps,
  rejects: LoadRejects | undefined,
): Promise<CopyResult> {
  const oid = await oidOf(load.db, steps.staging);
  const connections: Database[] = [];
  try {
    while (connections.length < steps.copy.streams) {
      const connection = await connect(load.databaseUri);
      connections.push(connection);
      await lockForCopy(connection, steps, oid);
    }
    const copied = await copyFile(load, steps, rejects, connections);
    await Promise.all(connections.map((connection) => connection.query('COMMIT')));
    return copied;
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

/**
 * Begins the transaction of a COPY stream. If the connection that holds the advisory lock broke a moment ago, another runner may have created a
 * table of this name since, and its rows would be there twice. Once this table is locked, nobody drops it until the stream has ended.
 */
async function lockForCopy(connection: Database, { staging, copy: { lock } }: LoadSteps, oid: number): Promise<void> {
  await connection.query('BEGIN');
  // The final transaction flushes all WAL before its commit returns, this COPY's included, so nothing is lost by not waiting here.
  await connection.query('SET LOCAL synchronous_commit = off');
  if (lock !== undefined) await connection.query(lock);
  if ((await oidOf(connection, staging)) === oid) return;
  throw new TransientError(
    'TableTakenOver',
    'another runner has loaded this table since the connection that held its lock broke: try again',
  );
}

async function oidOf(db: Database, { schema, name }: TableName): Promise<number> {
  const { rows } = await db.query<{ oid: number }>('SELECT $1::regclass::oid::int8::float8 AS oid', [
    quoteQualified(schema, name),
  ]);
  return rows[0]?.oid ?? 0;
}
