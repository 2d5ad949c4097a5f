/** What mother tables are planned from, in few words. */
import {
  planMothers,
  type DumpedTable,
  type ExistingRelation,
  type MothersInput,
} from '../../../../job-runner/plan/mother/plan-mothers.ts';
import type { Contract } from '../../../../job-runner/plan/mother/judge-versions.ts';
import type { KnownVersion } from '../../../../job-runner/plan/mother/known-version.ts';
import { motherColumn, mssql, schemaColumns } from '../fixtures.ts';

export type MotherTables = MothersInput['motherTables'];

export const EVOLVE: Contract = { newColumns: 'Evolve', missingColumns: 'Evolve', changedTypes: 'Evolve' };
export const FREEZE: Contract = { newColumns: 'Freeze', missingColumns: 'Freeze', changedTypes: 'Freeze' };

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
  parts: Partial<MotherTables> & { tables?: DumpedTable[]; existing?: ExistingRelation[]; known?: KnownVersion[] },
): MothersInput {
  const { tables = [], existing: relations = [], known = [], ...motherTables } = parts;
  return {
    tables,
    existing: relations,
    known,
    schema: 'public',
    motherTables: { policy: 'Create', definitions: [], derive: 'CommonColumns', contract: EVOLVE, ...motherTables },
  };
}

/** `users Create Derived: id integer, name text notnull` of each mother. */
export function planned(parts: Parameters<typeof input>[0]): string[] {
  return planMothers(input(parts)).map(({ name, action, origin, columns }) => {
    const texts = columns.map((column) => `${column.name} ${column.type}${column.notNull ? ' notnull' : ''}`);
    return `${name} ${action} ${origin}: ${texts.join(', ')}`;
  });
}
