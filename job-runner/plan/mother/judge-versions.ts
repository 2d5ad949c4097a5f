import type { ErrorCode } from '../../../crds/contract/error-codes.ts';
import { ManifestError, shorten } from '../../../crds/contract/errors.ts';
import type { MotherTables } from '../../../crds/contract/task.ts';
import { commonType } from '../common-type.ts';
import { normaliseTypeName } from '../postgresql-type.ts';
import type { MotherColumn } from '../table-plan.ts';
import { isLossy } from '../type-compatibility.ts';
import type { KnownVersion } from './known-version.ts';
import type { MotherChange } from './mother-change.ts';
import { typesOf, type DumpedTable } from './mother-derived.ts';
import type { ExistingRelation, VersionRefusal } from './mother-plan.ts';
import { widerType } from './widening.ts';

export type Contract = MotherTables['contract'];

/**
 * What the tables of a run that are not loaded yet change of an existing mother, and which of them it does not take. A disagreement is one between
 * versions: what the mother itself lacks, and no version of it ever had otherwise, is the choice of whoever made it.
 */
export function judgeVersions(
  mother: ExistingRelation,
  arriving: readonly DumpedTable[],
  known: readonly KnownVersion[],
  contract: Contract,
): { readonly changes: readonly MotherChange[]; readonly refusals: readonly VersionRefusal[] } {
  const judge = new Judge(mother, known, contract);
  for (const table of arriving) judge.add(table);
  return { changes: judge.changes, refusals: judge.refusals };
}

class Judge {
  readonly #mother: ExistingRelation;
  readonly #columns: ReadonlyMap<string, MotherColumn>;
  readonly #known: readonly KnownVersion[];
  readonly #knownColumns: ReadonlySet<string>;
  readonly #contract: Contract;
  /** By their columns, in lower case. */
  readonly #added = new Map<string, MotherChange & { does: 'Add' }>();
  readonly #widened = new Map<string, MotherChange & { does: 'Widen' }>();
  readonly #nullable = new Map<string, MotherChange & { does: 'AllowNull' }>();
  readonly refusals: VersionRefusal[] = [];

  constructor(mother: ExistingRelation, known: readonly KnownVersion[], contract: Contract) {
    this.#mother = mother;
    this.#columns = new Map(mother.columns.map((column) => [column.name.toLowerCase(), column]));
    this.#known = known;
    this.#knownColumns = new Set(known.flatMap(({ columns }) => [...columns.keys()]));
    this.#contract = contract;
  }

  get changes(): readonly MotherChange[] {
    return [...this.#added.values(), ...this.#widened.values(), ...this.#nullable.values()];
  }

  /** A table that is refused changes nothing. */
  add(table: DumpedTable): void {
    const types = typesOf(table);
    const problem =
      this.#newColumnProblem(table, types) ??
      this.#missingColumnProblem(table, types) ??
      this.#typeProblem(table, types);
    if (problem !== undefined) {
      this.refusals.push({ dump: table.file, failure: problem.toFailure() });
      return;
    }
    this.#addColumns(table, types);
    this.#widenColumns(table, types);
    this.#allowNull(table, types);
  }

  #newColumns(types: ReadonlyMap<string, string>): [string, string][] {
    if (this.#known.length === 0) return [];
    return [...types].filter(([name]) => !this.#columns.has(name) && !this.#knownColumns.has(name));
  }

  #newColumnProblem(table: DumpedTable, types: ReadonlyMap<string, string>): ManifestError | undefined {
    const [[name] = []] = this.#newColumns(types);
    const before = this.#known.at(-1);
    if (this.#contract.newColumns !== 'Fail' || name === undefined || before === undefined) return undefined;
    const message = `the column ${shorten(name)} is new in ${table.file}: neither ${this.#mother.name} nor a version of it (the last is ${before.dump}) has it, and spec.motherTables.contract.newColumns is Fail`;
    return problemOf('ContractNewColumn', message, table, name);
  }

  #addColumns(table: DumpedTable, types: ReadonlyMap<string, string>): void {
    if (this.#contract.newColumns !== 'Evolve') return;
    for (const [column, own] of this.#newColumns(types)) {
      const { type, dumps } = this.#added.get(column) ?? { type: own, dumps: [] };
      this.#added.set(column, {
        ...{ does: 'Add', column, notNull: false },
        ...{ type: normaliseTypeName(commonType(type, own)), dumps: [...dumps, table.file] },
      });
    }
  }

  /** The mother's columns that this version lacks and another has, with that other one. */
  #missing(types: ReadonlyMap<string, string>): [MotherColumn, KnownVersion][] {
    return [...this.#columns].flatMap(([name, column]) => {
      if (types.has(name) || column.generated) return [];
      const other = this.#known.find(({ isRecorded, columns }) => isRecorded && columns.has(name));
      return other === undefined ? [] : [[column, other] as [MotherColumn, KnownVersion]];
    });
  }

  #missingColumnProblem(table: DumpedTable, types: ReadonlyMap<string, string>): ManifestError | undefined {
    const [[column, other] = []] = this.#missing(types);
    if (this.#contract.missingColumns !== 'Fail' || column === undefined || other === undefined) return undefined;
    const message = `the column ${column.name} of ${this.#mother.name} is missing in ${table.file}: ${other.dump} has it, and spec.motherTables.contract.missingColumns is Fail`;
    return problemOf('ContractMissingColumn', message, table, column.name);
  }

  #allowNull(table: DumpedTable, types: ReadonlyMap<string, string>): void {
    if (this.#contract.missingColumns !== 'Evolve') return;
    for (const [{ name: column, notNull }] of this.#missing(types)) {
      if (!notNull) continue;
      const dumps = [...(this.#nullable.get(column)?.dumps ?? []), table.file];
      this.#nullable.set(column, { does: 'AllowNull', column, dumps });
    }
  }

  /** The columns whose values the mother, as it is planned so far, may not hold. */
  #changed(types: ReadonlyMap<string, string>): { column: MotherColumn; held: string; type: string }[] {
    return [...types].flatMap(([name, type]) => {
      const column = this.#columns.get(name);
      if (column === undefined || column.generated) return [];
      const held = this.#widened.get(name)?.type ?? column.baseType ?? column.type;
      return isLossy(type, held) ? [{ column, held, type }] : [];
    });
  }

  #typeProblem(table: DumpedTable, types: ReadonlyMap<string, string>): ManifestError | undefined {
    const mode = this.#contract.changedTypes;
    if (mode === 'Freeze') return undefined;
    for (const { column, held, type } of this.#changed(types)) {
      const key = column.name.toLowerCase();
      // Without another version of another type there is no disagreement, and the load checks each value.
      const other = this.#known.find(({ columns }) => (columns.get(key) ?? type) !== type);
      if (other === undefined || (mode === 'Evolve' && this.#widerType(column, held, type) !== undefined)) continue;
      const both = `the column ${column.name} is ${type} in ${table.file} and ${other.columns.get(key) ?? ''} in ${other.dump}`;
      const why =
        mode === 'Fail'
          ? `${this.#mother.name} has it as ${held}, and spec.motherTables.contract.changedTypes is Fail`
          : `${this.#mother.name} has it as ${column.type}, and no wider type keeps all values of both. Set changedTypes: Freeze if the values fit all the same, or load all versions again with policy: Recreate`;
      return problemOf('ContractChangedType', `${both}: ${why}`, table, column.name);
    }
    return undefined;
  }

  /** A domain would be lost with its CHECKs. */
  #widerType({ baseType }: MotherColumn, held: string, type: string): string | undefined {
    return baseType === undefined ? widerType(held, type) : undefined;
  }

  #widenColumns(table: DumpedTable, types: ReadonlyMap<string, string>): void {
    if (this.#contract.changedTypes !== 'Evolve') return;
    for (const { column, held, type: own } of this.#changed(types)) {
      const type = this.#widerType(column, held, own);
      if (type === undefined) continue;
      const key = column.name.toLowerCase();
      const dumps = [...(this.#widened.get(key)?.dumps ?? []), table.file];
      const heldFor = this.#known.findLast(({ columns }) => columns.has(key))?.dump;
      this.#widened.set(key, { does: 'Widen', column: column.name, from: column.type, type, heldFor, dumps });
    }
  }
}

function problemOf(
  code: ErrorCode<'Manifest'>,
  message: string,
  { file, table }: DumpedTable,
  column: string,
): ManifestError {
  return new ManifestError(code, message, { file, table, column: shorten(column) });
}
