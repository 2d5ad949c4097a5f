import { rewrites, type MotherChange } from '../plan/mother/mother-change.ts';
import type { MotherPlan } from '../plan/mother/mother-plan.ts';
import { refuseChanges, withChanges, type Obstacle } from '../plan/mother/refuse-changes.ts';
import { quoteQualified, type TableName } from '../plan/sql.ts';
import { findObstacles, readFamily, readFamilySize } from './change-obstacles.ts';
import type { Database } from './connection.ts';
import { translateErrors } from './database-errors.ts';

/**
 * The plan with what its changes cost and the details that its statements need, and without those that it would refuse or that rewrite more than
 * is allowed. Only reads.
 */
export async function examineChanges(
  db: Database,
  schema: string,
  plan: MotherPlan,
  allowRewrite: number,
): Promise<MotherPlan> {
  const { changes } = plan;
  if (changes === undefined) return plan;
  const mother = { schema, name: plan.name };
  return await translateErrors({ table: plan.name }, async () => {
    const details = await readDetails(db, mother, changes.list);
    const family = await readFamily(db, mother, plan.action === 'Purge');
    const list = changes.list.flatMap((change) => withDetails(change, details.get(change.column)));
    const detailed = withChanges(plan, { ...changes, list, tables: family.length });
    const obstacles = await findObstacles(db, family, list);
    const free = refuseChanges(
      detailed,
      new Map([...obstacles].map(([change, found]) => [change, inTheWay(change, found)])),
    );
    const rewriting = free.changes?.list.filter(rewrites) ?? [];
    if (free.changes === undefined || rewriting.length === 0) return free;
    const bytes = await readFamilySize(db, family);
    if (bytes <= allowRewrite) return withChanges(free, { ...free.changes, rewrittenBytes: bytes });
    const why = tooLarge({ tables: family.length, bytes }, allowRewrite);
    return refuseChanges(free, new Map(rewriting.map((change) => [change, why])));
  });
}

const REMEDIES: Readonly<Record<MotherChange['does'], string>> = {
  Add: 'Give both columns the same type first',
  Widen: 'Drop that and create it again after the run',
  AllowNull: 'Export the column',
};

function inTheWay({ does }: MotherChange, found: readonly string[]): Obstacle {
  const shown = found.slice(0, 5).join('; ') + (found.length > 5 ? `; and ${found.length - 5} more` : '');
  const why = `PostgreSQL refuses that because of ${shown}. ${REMEDIES[does]}, or set Freeze in spec.motherTables.contract`;
  return { code: 'MotherCannotChange', why };
}

function tooLarge(size: { readonly tables: number; readonly bytes: number }, allowRewrite: number): Obstacle {
  const why =
    `it and its versions, ${size.tables} tables with ${size.bytes} bytes, would be rewritten, and nobody could read them meanwhile. ` +
    `spec.motherTables.allowRewrite allows ${allowRewrite} bytes: raise it, or set spec.motherTables.contract.changedTypes to Freeze`;
  return { code: 'RewriteTooLarge', why };
}

interface Details {
  readonly hasDefault: boolean;
  readonly collation: TableName | null;
  readonly sequences: readonly TableName[];
}

async function readDetails(
  db: Database,
  { schema, name }: TableName,
  changes: readonly MotherChange[],
): Promise<ReadonlyMap<string, Details>> {
  const { rows } = await db.query<Details & { column: string }>(
    `SELECT a.attname::text AS column, a.atthasdef AS "hasDefault",
            CASE WHEN a.attcollation NOT IN (0, 'pg_catalog.default'::regcollation)
                 THEN json_build_object('schema', cn.nspname, 'name', l.collname) END AS collation,
            (SELECT coalesce(json_agg(json_build_object('schema', sn.nspname, 'name', s.relname) ORDER BY s.oid), '[]')
               FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
               JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqtypid <> 'bigint'::regtype
               JOIN pg_namespace sn ON sn.oid = s.relnamespace
              WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid
                AND d.refobjsubid = a.attnum AND d.deptype = 'a') AS sequences
       FROM pg_attribute a
       LEFT JOIN pg_collation l ON l.oid = a.attcollation
       LEFT JOIN pg_namespace cn ON cn.oid = l.collnamespace
      WHERE a.attrelid = $1::regclass AND a.attname = ANY ($2::text[]) AND NOT a.attisdropped`,
    [quoteQualified(schema, name), changes.map(({ column }) => column)],
  );
  return new Map(rows.map(({ column, ...details }) => [column, details]));
}

function withDetails(change: MotherChange, details: Details | undefined): MotherChange[] {
  if (details === undefined || change.does === 'Add') return [change];
  // A version without the column gets the default in place of NULL.
  if (change.does === 'AllowNull') return details.hasDefault ? [] : [change];
  const { collation, sequences } = details;
  return [
    { ...change, ...(collation === null ? {} : { collation }), ...(sequences.length === 0 ? {} : { sequences }) },
  ];
}
