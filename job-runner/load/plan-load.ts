import { ManifestError } from '../../crds/contract/errors.ts';
import type { LoadTask } from '../../crds/contract/task.ts';
import { readTypeMap } from '../dump/dialects.ts';
import type { Database } from '../database/connection.ts';
import { translateErrors } from '../database/database-errors.ts';
import { readMother } from '../database/mothers.ts';
import { parseHeader } from '../plan/header.ts';
import { planTable } from '../plan/plan-table.ts';
import type { Mother, TablePlan } from '../plan/table-plan.ts';
import { locationOf, type DatFile } from '../dump/dat-file.ts';

/** The column plan of a task, from the dump's header and schema file and the mother as the database has it now. */
export async function planLoad(db: Database, task: LoadTask, dat: DatFile, versionTable: string): Promise<TablePlan> {
  const { format, target, table } = task;
  const header =
    dat.header === undefined ? undefined : parseHeader(await decode(db, dat.header, format.encoding), format);
  return planTable({
    header,
    schemaColumns: dat.schemaColumns,
    mother: await findMother(db, task),
    typeMap: readTypeMap(table.dump.dialect ?? format.dialect, format, task.dialectFiles),
    format,
    versionTable: { schema: target.schema, name: versionTable },
    location: locationOf(task),
  });
}

async function findMother(db: Database, { table, target }: LoadTask): Promise<Mother | undefined> {
  if (table.mother === undefined) return undefined;
  const mother = await readMother(db, target.schema, table.mother);
  if (mother !== undefined) return mother;
  const message = `the mother table ${target.schema}.${table.mother} is gone: run the ingestion again to have it made`;
  throw new ManifestError('MotherGone', message, { table: table.table });
}

/** PostgreSQL decodes, since its encodings are not those of a browser; a header of pure ASCII needs no asking. */
async function decode(db: Database, bytes: Buffer, encoding: string): Promise<string> {
  if (bytes.every((byte) => byte > 0 && byte < 0x80)) return bytes.toString('latin1');
  const { rows } = await translateErrors({ line: 1 }, () =>
    db.query<{ text: string }>('SELECT convert_from($1, $2) AS text', [bytes, encoding]),
  );
  return rows[0]?.text ?? '';
}
