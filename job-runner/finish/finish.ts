import type { Log } from '../../crds/contract/log.ts';
import type { FinishResult } from '../../crds/contract/report.ts';
import type { FinishTask } from '../../crds/contract/task.ts';
import { connect } from '../database/connection.ts';
import { translateErrors } from '../database/database-errors.ts';
import { readMother } from '../database/relations.ts';
import { quoteQualified } from '../plan/sql.ts';

/** Statistics of the mothers over all their versions: PostgreSQL makes these only when it is told to analyze the parent. */
export async function finish(task: FinishTask, databaseUri: string, log: Log): Promise<FinishResult> {
  const started = performance.now();
  const { schema } = task.target;
  const db = await connect(databaseUri);
  try {
    for (const name of task.mothers) {
      if ((await readMother(db, schema, name)) === undefined) {
        log.warn(`the mother ${schema}.${name} is gone, so it gets no statistics`, { step: 'analyze', table: name });
      } else {
        await translateErrors({ table: name }, () => db.query(`ANALYZE ${quoteQualified(schema, name)}`));
      }
    }
  } finally {
    await db.end();
  }
  return { task: 'Finish', outcome: 'Succeeded', seconds: { analyze: (performance.now() - started) / 1000 } };
}
