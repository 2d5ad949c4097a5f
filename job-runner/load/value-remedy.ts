import type { MotherloadError } from '../../crds/contract/errors.ts';
import { columnRemedy } from '../copy/record-messages.ts';
import { SQL_STATES } from '../database/sql-state.ts';
import type { PlannedColumn, TablePlan } from '../plan/table-plan.ts';

/** In a value of jsonb an escaped NUL, which json keeps. */
const UNTRANSLATABLE = `Sql${SQL_STATES.untranslatableCharacter}`;
const NOT_IN_ENCODING = `Sql${SQL_STATES.characterNotInRepertoire}`;

/** What helps where PostgreSQL has refused a value of this column, to be put behind its message; empty where nothing is known. */
export function valueRemedy(
  { code, message }: MotherloadError,
  column: PlannedColumn | undefined,
  plan: TablePlan,
  isOfDatabase: boolean,
): string {
  if (code === NOT_IN_ENCODING) {
    if (/: 0x00\b/.test(message)) return ': a text of PostgreSQL has no NUL byte, so fix the value';
    if (isOfDatabase)
      return ': the source has no exact text of this value in UTF-8. Fix it there, or see NotInEncoding in docs/troubleshooting.md';
    return `: set spec.format.encoding to the file's, for example WIN1252, since these bytes are not ${column?.encoding ?? plan.format.encoding}`;
  }
  if (code === UNTRANSLATABLE && column === undefined)
    return ': check spec.format.encoding, or change the value, since the database has no such character';
  // Class 22 is that of values, which another type may take.
  if (column === undefined || !/^Sql22/.test(code)) return '';
  if (code !== UNTRANSLATABLE || column.type !== 'jsonb') return `: ${columnRemedy(column)}`;
  const { narrowedBy, sourceType } = column;
  return narrowedBy === undefined && sourceType !== undefined
    ? `: jsonb cannot keep \\u0000. Map the type ${sourceType} to json or text in a dialect of your own (docs/type-maps.md)`
    : ': jsonb cannot keep \\u0000. Make the column json in the mother table';
}
