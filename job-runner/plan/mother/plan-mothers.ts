import { ManifestError } from '../../../crds/contract/errors.ts';
import { dropsTables } from '../../../crds/contract/mother-policy.ts';
import type { MotherTables } from '../../../crds/contract/task.ts';
import { shortenIdentifier } from '../identifier.ts';
import { judgeVersions } from './judge-versions.ts';
import { contentsOf, type KnownVersion } from './known-version.ts';
import { compareWithExisting, readDefinitions, type MotherDefinition } from './mother-definition.ts';
import { deriveColumns, type DumpedTable } from './mother-derived.ts';
import type { ExistingRelation, MotherPlan } from './mother-plan.ts';
import { withChanges } from './refuse-changes.ts';
import { quoteIdentifier, quoteQualified } from '../sql.ts';

export type { DumpedTable } from './mother-derived.ts';
export type { ExistingRelation, MotherPlan } from './mother-plan.ts';

export interface MothersInput {
  readonly tables: readonly DumpedTable[];
  /** Whether a table may be loaded, so that it may change an existing mother; without it all of them. */
  readonly mayLoad?: (table: DumpedTable) => boolean;
  /** The relations of the target schema that have one of the names of `motherNames`. */
  readonly existing: readonly ExistingRelation[];
  /** Of these mothers, oldest first. */
  readonly known: readonly KnownVersion[];
  readonly motherTables: Pick<MotherTables, 'policy' | 'definitions' | 'derive' | 'contract'>;
  readonly schema: string;
}

/** The mothers of a run: those of the dumps' tables, and those that the manifest defines. A table without an entry has no mother. */
export function planMothers(input: MothersInput): readonly MotherPlan[] {
  const definitions = readDefinitions(input.motherTables.definitions);
  const dumped = Map.groupBy(input.tables, ({ table }) => motherName(table));
  const names = new Set([...dumped.keys(), ...definitions.keys()]);
  const target = { relations: relationsByName(input.existing), versions: Map.groupBy(input.known, byMother) };
  return [...names].flatMap(
    (table) => planMother(input, target, table, definitions.get(table), dumped.get(table) ?? []) ?? [],
  );
}

/** What the target schema has, by the name of a mother: there may be 100,000. */
interface Target {
  readonly relations: ReadonlyMap<string, ExistingRelation>;
  readonly versions: ReadonlyMap<string, readonly KnownVersion[]>;
}

const byMother = ({ mother }: KnownVersion) => mother;

export function relationsByName(existing: readonly ExistingRelation[]): ReadonlyMap<string, ExistingRelation> {
  return new Map(existing.map((relation) => [relation.name, relation]));
}

/** The name of the mother that is derived for a dump's table. */
function motherName(table: string): string {
  return shortenIdentifier(table.toLowerCase());
}

/** The names that existing mothers may have: to be read from the target schema before `planMothers`. */
export function motherNames(
  tables: readonly Pick<DumpedTable, 'table'>[],
  motherTables: Pick<MotherTables, 'definitions'>,
): string[] {
  const defined = motherTables.definitions.map(({ name }) => name);
  return [...new Set([...defined, ...tables.map(({ table }) => motherName(table))])];
}

/** Finds the mother of a dump's table; undefined if it has none. */
export function motherFinder(mothers: readonly MotherPlan[]): (table: string) => MotherPlan | undefined {
  // Of two whose names differ in case alone it is the first.
  const byName = new Map(mothers.toReversed().map((mother) => [mother.name.toLowerCase(), mother]));
  return (table) => byName.get(motherName(table));
}

/** Why a table has no mother, for messages. */
export function whyNoMother(
  table: string,
  relations: ReadonlyMap<string, ExistingRelation>,
  { motherTables, schema }: Pick<MothersInput, 'motherTables' | 'schema'>,
): string {
  const other = relations.get(motherName(table));
  if (other?.kind === 'Other')
    return `${other.name} in schema ${schema} is a ${other.description} and not a table, so it cannot be a mother table`;
  if (motherTables.policy === 'Require')
    return `schema ${schema} has no table ${table}, and spec.motherTables.policy is Require`;
  if (motherTables.derive === 'None')
    return `schema ${schema} has no table ${table}, and spec.motherTables neither defines nor derives one`;
  return `the versions of ${table} in the dumps have no common column, so no mother table can be derived`;
}

/** The statement that creates a mother. */
export function createMotherStatement(schema: string, plan: MotherPlan): string {
  const columns = plan.columns.map(
    ({ name, type, notNull }) => `  ${quoteIdentifier(name)} ${type}${notNull ? ' NOT NULL' : ''}`,
  );
  return `CREATE TABLE ${quoteQualified(schema, plan.name)} (\n${columns.join(',\n')}\n)`;
}

function planMother(
  input: MothersInput,
  target: Target,
  table: string,
  definition: MotherDefinition | undefined,
  dumped: readonly DumpedTable[],
): MotherPlan | undefined {
  const { policy, derive } = input.motherTables;
  const name = definition?.name ?? table;
  const relation = target.relations.get(name);
  const known = target.versions.get(name) ?? [];
  const mayDerive = definition === undefined && policy !== 'Require' && derive === 'CommonColumns';
  if (relation?.kind === 'Other') {
    if (definition !== undefined || mayDerive) throw notATable(relation, input.schema);
    return undefined;
  }
  if (relation !== undefined && policy !== 'Recreate')
    return existingMother(input, known, relation, definition, dumped);
  if (definition !== undefined && policy === 'Require') throw missing(name, input.schema);
  const created = newMother(name, definition, mayDerive ? deriveColumns(dumped) : []);
  if (relation === undefined) return created;
  return created === undefined ? keptMother(input, known, relation, dumped) : { ...created, action: 'Recreate' };
}

/** As it is, with what its definition and the versions of this run change. */
function existingMother(
  { motherTables, mayLoad = () => true }: MothersInput,
  known: readonly KnownVersion[],
  relation: ExistingRelation,
  definition: MotherDefinition | undefined,
  dumped: readonly DumpedTable[],
): MotherPlan {
  const { policy, contract } = motherTables;
  const isPurged = dropsTables(policy);
  // Their drop comes before.
  const versions = isPurged ? [] : known;
  const isLoaded = contentsOf(versions);
  const arriving = dumped.filter(
    (table) => table.columns.length > 0 && mayLoad(table) && !isLoaded(table, relation.name),
  );
  const dumps = arriving.map(({ file }) => file);
  const defined = definition === undefined ? undefined : compareWithExisting(definition, relation, contract, dumps);
  const judged = judgeVersions(
    relation,
    arriving,
    versions,
    defined === undefined ? contract : keptByDefinition(contract),
  );
  const list = [...(defined?.changes ?? []), ...judged.changes];
  const plan: MotherPlan = {
    name: relation.name,
    action: isPurged ? 'Purge' : 'Use',
    origin: 'Database',
    columns: [],
    warnings: defined?.warnings ?? [],
    ...(judged.refusals.length === 0 ? {} : { refusals: judged.refusals }),
  };
  return withChanges(plan, { list, before: relation.columns, tables: 0, rewrittenBytes: 0 });
}

/** What a version brings must not make the mother another one than its definition says. */
function keptByDefinition({ newColumns, missingColumns, changedTypes }: MotherTables['contract']) {
  const kept = (mode: typeof newColumns) => (mode === 'Evolve' ? 'Freeze' : mode);
  return {
    newColumns: kept(newColumns),
    missingColumns: kept(missingColumns),
    changedTypes: kept(changedTypes),
  };
}

/** The policy is Recreate, but nothing says how to create the mother again. It is kept, and only its version tables are dropped. */
function keptMother(
  input: MothersInput,
  known: readonly KnownVersion[],
  relation: ExistingRelation,
  dumped: readonly DumpedTable[],
): MotherPlan {
  const warning = `the mother table ${relation.name} is kept as it is: it is not defined and cannot be derived, so it cannot be recreated`;
  return { ...existingMother(input, known, relation, undefined, dumped), warnings: [warning] };
}

function newMother(
  name: string,
  definition: MotherDefinition | undefined,
  derived: MotherPlan['columns'],
): MotherPlan | undefined {
  if (definition !== undefined) {
    const columns = definition.columns.map((column) => ({
      name: column.name,
      type: column.type,
      notNull: column.notNull,
    }));
    return { name, action: 'Create', origin: 'Definition', columns, warnings: [] };
  }
  return derived.length === 0
    ? undefined
    : { name, action: 'Create', origin: 'Derived', columns: derived, warnings: [] };
}

function notATable({ name, description }: ExistingRelation, schema: string): ManifestError {
  const message = `the mother table ${name} cannot be created: ${name} in schema ${schema} is a ${description}. Rename it, or choose another spec.target.schema`;
  return new ManifestError('MotherIsNotATable', message, { table: name });
}

function missing(name: string, schema: string): ManifestError {
  const message = `schema ${schema} has no table ${name}, and spec.motherTables.policy is Require: create it, or set policy: Create`;
  return new ManifestError('MotherMissing', message, { table: name });
}
