import assert from 'node:assert/strict';
import { isTableIngestionSpec } from '../../../crds/contract/manifest.ts';
import { decideEntries, type Findings } from '../../../job-runner/catalogue/decide-entries.ts';
import type { DumpTable } from '../../../job-runner/catalogue/dump-table.ts';
import type { MotherPlan } from '../../../job-runner/plan/mother/plan-mothers.ts';
import { catalogueTask } from './tasks.ts';

export const { target, motherTables } = catalogueTask('/');
export const entry = (name: string) => ({ name, bytes: 100, compressedBytes: 40, crc32: '0000abcd' });
export const table = (version: string, name: string, more: Partial<DumpTable> = {}): DumpTable => ({
  dump: { file: `crm_${version}.zip`, app: 'crm', version, dialect: 'mssql' },
  table: name,
  dat: entry(`${name}.dat`),
  schemaFile: entry(`${name}.json`),
  columns: [{ name: 'user_id', sourceType: 'int' }],
  ...more,
});
export const mother = (name: string, origin: MotherPlan['origin'] = 'Derived'): MotherPlan => ({
  name,
  action: 'Create',
  origin,
  columns: [],
  warnings: [],
});
export const decide = (findings: Partial<Findings>) => {
  const entries = decideEntries({
    ingestionName: 'nightly',
    tables: [],
    mothers: [],
    existing: [],
    target,
    motherTables,
    ...findings,
  });
  assert(entries.every(isTableIngestionSpec), 'an entry is none that a TableIngestion can be made of');
  return entries;
};
export const shortly = (findings: Partial<Findings>) =>
  decide(findings).map(({ table: name, versionTable, mother: parent, decision, reason }) => [
    name,
    versionTable,
    parent,
    decision,
    reason,
  ]);
export const without = (withoutMother: 'Skip' | 'Load' | 'Fail') => ({ ...motherTables, withoutMother });
