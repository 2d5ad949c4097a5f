import { readFileSync } from 'node:fs';
import { FORMAT_PRESETS } from '../../../crds/contract/format-presets.ts';
import { buildLoadSteps, type LoadSteps, type LoadStepsInput } from '../../../job-runner/plan/load-steps.ts';
import type { TableInput } from '../../../job-runner/plan/plan-table.ts';
import { planTable } from '../../../job-runner/plan/plan-table.ts';
import type { Mother, MotherColumn, SchemaColumn, TablePlan } from '../../../job-runner/plan/table-plan.ts';
import { parseTypeMap, type TypeMap } from '../../../job-runner/plan/type-map.ts';

export function builtInTypeMap(dialect: 'mssql' | 'mysql' | 'postgresql'): TypeMap {
  return parseTypeMap(
    dialect,
    readFileSync(new URL(`../../../job-runner/plan/dialects/${dialect}.yaml`, import.meta.url), 'utf8'),
  );
}

export const mssql = builtInTypeMap('mssql');
export const mysql = builtInTypeMap('mysql');
export const postgresql = builtInTypeMap('postgresql');

/** `user_id int` as a schema file's column. */
export function schemaColumns(...texts: string[]): SchemaColumn[] {
  return texts.map((text) => {
    const [name = '', ...type] = text.split(' ');
    return { name, sourceType: type.join(' ') };
  });
}

/** `user_id text`, `user_id text notnull`, `total integer generated` as a mother's column. */
export function motherColumn(text: string): MotherColumn {
  const [name = '', ...words] = text.split(' ');
  const type = words.filter((word) => word !== 'notnull' && word !== 'generated').join(' ');
  return { name, type, notNull: words.includes('notnull'), generated: words.includes('generated') };
}

export function mother(name: string, ...columns: string[]): Mother {
  return { schema: 'public', name, columns: columns.map(motherColumn) };
}

export const format = { ...FORMAT_PRESETS.reference, encoding: 'UTF8', unknownTypes: 'Text' as const, set: [] };

/** The plan of a table `v1_users`, of MSSQL, where nothing else is said. */
export function plan(input: Partial<TableInput>): TablePlan {
  return planTable({
    header: undefined,
    schemaColumns: [],
    mark: undefined,
    mother: undefined,
    typeMap: mssql,
    format,
    versionTable: { schema: 'public', name: 'v1_users' },
    location: { file: 'app_v1.zip', table: 'users' },
    ...input,
  });
}

export const staging = { schema: 'motherload', name: 'load_1' };

/** The steps of a load in one stream of text, without indexes, where nothing else is said. */
export function steps(tablePlan: TablePlan, more: Partial<LoadStepsInput> = {}): LoadSteps {
  const { versionTable, mother: inherited, digest } = tablePlan;
  return buildLoadSteps({
    plan: tablePlan,
    staging,
    copyFormat: 'text',
    streams: 1,
    isBatched: false,
    indexes: [],
    replaces: false,
    ledgerSchema: 'motherload',
    ledgerRow: {
      ...{ targetSchema: versionTable.schema, versionTable: versionTable.name, loadId: 'load-1' },
      ...{ mother: inherited?.name ?? null, dumpFile: 'app_v1.zip', entry: 'users.dat', dumpVersion: 'v1' },
      ...{ crc32: '0a1b2c3d', bytes: 1000, planDigest: digest },
      ingestion: { namespace: 'default', name: 'nightly', run: 'run-1' },
    },
    ...more,
  });
}

/** `name type` of each planned column. */
export function described(tablePlan: TablePlan): string[] {
  return tablePlan.columns.map(({ name, type, origin }) => `${name} ${type} ${origin}`);
}
