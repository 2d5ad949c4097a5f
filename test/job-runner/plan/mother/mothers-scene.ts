/** What mother tables are planned from, in few words. */
import {
  planMothers,
  type DumpedTable,
  type ExistingRelation,
  type MothersInput,
} from '../../../../job-runner/plan/mother/plan-mothers.ts';
import { motherColumn, mssql, schemaColumns } from '../fixtures.ts';

export type MotherTables = MothersInput['motherTables'];

export function dumped(table: string, version: string, ...columns: string[]): DumpedTable {
  return { table, version, file: `app_${version}.zip`, columns: schemaColumns(...columns), typeMap: mssql };
}

export function existing(name: string, ...columns: string[]): ExistingRelation {
  return { name, kind: 'Table', description: 'table', columns: columns.map(motherColumn) };
}

export function definition(name: string, ...columns: string[]): MotherTables['definitions'][number] {
  return {
    name,
    columns: columns
      .map(motherColumn)
      .map((column) => ({ name: column.name, type: column.type, notNull: column.notNull })),
  };
}

export function input(
  parts: Partial<MotherTables> & { tables?: DumpedTable[]; existing?: ExistingRelation[] },
): MothersInput {
  const { tables = [], existing: relations = [], ...motherTables } = parts;
  return {
    tables,
    existing: relations,
    schema: 'public',
    motherTables: { policy: 'Create', definitions: [], derive: 'CommonColumns', ...motherTables },
  };
}

/** `users Create Derived: id integer, name text notnull` of each mother. */
export function planned(parts: Parameters<typeof input>[0]): string[] {
  return planMothers(input(parts)).map(({ name, action, origin, columns }) => {
    const texts = columns.map((column) => `${column.name} ${column.type}${column.notNull ? ' notnull' : ''}`);
    return `${name} ${action} ${origin}: ${texts.join(', ')}`;
  });
}
