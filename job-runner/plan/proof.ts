import { are, counted, were } from '../../crds/contract/counted.ts';
import { isComparable, methodOf, type Checksum, type ChecksumColumn } from './checksum.ts';
import type { LoadMeasurements, PlannedLedgerRow } from './ledger-statements.ts';
import { normaliseTypeName } from './postgresql-type.ts';
import { isSameFile } from './same-file.ts';
import type { TableName } from './sql.ts';
import type { TablePlan } from './table-plan.ts';

/** What the dump, the version table and the ledger say of each other. */
export interface Proof {
  /** As `schema.name`. */
  readonly versionTable: string;
  readonly outcome: 'Same' | 'Differs' | 'NotLoaded' | 'NotComparable';
  readonly rows: number;
  readonly rejects: number;
  /** Rows that only one of the two has; undefined where they could not be counted. */
  readonly onlyInDump: number | undefined;
  readonly onlyInTable: number | undefined;
  /** What is not as it should be, one sentence each. */
  readonly findings: readonly string[];
  /** What could not be compared. */
  readonly notes: readonly string[];
  /** The first rows that differ, as JSON objects; none where values are hidden. */
  readonly examples: Examples;
}

export interface Examples {
  readonly onlyInDump: readonly string[];
  readonly onlyInTable: readonly string[];
}

type KnownLoad = PlannedLedgerRow & LoadMeasurements;

/** What was read of a table that the ledger knows. */
export interface ProofEvidence {
  readonly load: KnownLoad;
  /** The tables that it inherits from, as `schema.name`. */
  readonly mothers: readonly string[];
  readonly plan: Pick<TablePlan, 'columns' | 'copyColumns' | 'mother'>;
  /** The entry as the ZIP's directory has it, and the digest of its packed bytes. */
  readonly dump: { readonly crc32: string; readonly bytes: number; readonly sha256: string };
  /** As they are read from the dump now. */
  readonly records: number;
  readonly dumpRows: number;
  /** Records that only one of the two leaves out. */
  readonly rejects: { readonly onlyInDump: number; readonly onlyInLedger: number };
  /** Undefined where the table has not the dump's columns. */
  readonly table: TableEvidence | undefined;
  /** The columns that the table and the dump do not have alike, one sentence each. */
  readonly otherColumns: readonly string[];
}

interface RowCounts {
  readonly dumpRows: number;
  readonly tableRows: number;
}

export interface TableEvidence {
  readonly columns: readonly ChecksumColumn[];
  readonly checksum: Checksum;
  /** Undefined where it has the rows of the dump. */
  readonly differences: (RowCounts & { readonly examples: Examples }) | undefined;
}

const NONE: Examples = { onlyInDump: [], onlyInTable: [] };

export function notLoaded({ schema, name }: TableName): Proof {
  const finding =
    'it is not loaded: there is no such table, or it is not the one that the ledger knows (motherload status)';
  return { ...notComparable(`${schema}.${name}`, finding), outcome: 'NotLoaded' };
}

/** Of a dump that cannot be read, for example. */
export function notComparable(versionTable: string, finding: string): Proof {
  const counts = { rows: 0, rejects: 0, onlyInDump: undefined, onlyInTable: undefined };
  return { versionTable, outcome: 'NotComparable', ...counts, findings: [finding], notes: [], examples: NONE };
}

export function judgeProof(evidence: ProofEvidence): Proof {
  const { load, table, otherColumns } = evidence;
  const differences = table?.differences;
  const findings = [
    ...judgeDump(evidence),
    ...otherColumns,
    ...judgeCounts(evidence),
    ...(table === undefined ? [] : judgeTable(load, table)),
    ...judgeMother(evidence),
  ];
  const isCompared = table !== undefined;
  return {
    versionTable: `${load.targetSchema}.${load.versionTable}`,
    outcome: findings.length === 0 ? 'Same' : 'Differs',
    ...{ rows: table?.checksum.rows ?? load.rows, rejects: load.rejects },
    onlyInDump: isCompared ? (differences?.dumpRows ?? 0) : undefined,
    onlyInTable: isCompared ? (differences?.tableRows ?? 0) : undefined,
    ...{ findings, notes: table === undefined ? [] : notesOf(load, table) },
    examples: differences?.examples ?? NONE,
  };
}

function judgeDump({ load, dump }: ProofEvidence): string[] {
  const { crc32, bytes, sha256 } = load;
  if (!isSameFile(dump, load))
    return [
      `the dump has other content than was loaded: ${dump.crc32.length === 8 ? 'CRC-32' : 'authentication code'} ${dump.crc32} and ${dump.bytes} bytes, not ${crc32} and ${bytes}`,
    ];
  if (sha256 === null || sha256 === dump.sha256) return [];
  return [`the packed bytes in the dump are not those that were loaded: SHA-256 ${dump.sha256}, not ${sha256}`];
}

function judgeCounts({ load, records, dumpRows, rejects }: ProofEvidence): string[] {
  const { onlyInDump, onlyInLedger } = rejects;
  const ofLoad = load.records ?? records;
  return [
    ...(load.rows + load.rejects === ofLoad
      ? []
      : [
          `the ledger has ${counted(ofLoad, 'record')}, and ${counted(load.rows, 'row')} and ${counted(load.rejects, 'reject')} of them`,
        ]),
    ...(ofLoad === records ? [] : [`the dump has ${counted(records, 'record')}, and ${ofLoad} ${were(ofLoad)} loaded`]),
    ...(dumpRows === load.rows
      ? []
      : [`${counted(dumpRows, 'record')} of the dump can be loaded, and ${load.rows} ${were(load.rows)}`]),
    ...(onlyInDump === 0
      ? []
      : [`${counted(onlyInDump, 'record')} cannot be loaded and ${are(onlyInDump)} not among the rejects`]),
    ...(onlyInLedger === 0
      ? []
      : [
          `${counted(onlyInLedger, 'reject')} ${are(onlyInLedger)} not in the dump like this, or could be loaded now (motherload replay)`,
        ]),
  ];
}

function judgeTable(load: KnownLoad, { columns, checksum, differences }: TableEvidence): string[] {
  const { dumpRows = 0, tableRows = 0 } = differences ?? {};
  const differing = `${counted(dumpRows, 'row')} ${are(dumpRows)} only in the dump, and ${tableRows} only in the table`;
  const isKept = isComparable(load.checksum, columns) ? load.checksum.sum === checksum.sum.toString() : undefined;
  return [
    ...(checksum.rows === load.rows
      ? []
      : [`the table has ${counted(checksum.rows, 'row')}, and ${load.rows} ${were(load.rows)} loaded`]),
    ...(differences === undefined ? [] : [differing]),
    ...(isKept === false
      ? ['the rows of the table are not those that were loaded, by the checksum in the ledger']
      : []),
  ];
}

function notesOf(load: KnownLoad, { columns }: TableEvidence): string[] {
  const { checksum } = load;
  if (checksum === null)
    return ['the ledger has no checksum of this load, which an earlier version of Motherload made'];
  if (isComparable(load.checksum, columns)) return [];
  const changed = columns.filter(
    ({ name, method }) => !checksum.columns.some((of) => of.name === name && of.method === method),
  );
  const which =
    changed.length === 0
      ? 'its columns'
      : changed
          .map(({ name }) => name)
          .slice(0, 5)
          .join(', ');
  return [`the ledger's checksum was not compared: ${which} changed its type since the load`];
}

function judgeMother({ load, mothers }: ProofEvidence): string[] {
  const { mother, targetSchema } = load;
  if (mother === null || mothers.includes(`${targetSchema}.${mother}`)) return [];
  return [`the table does not inherit from ${targetSchema}.${mother} any more`];
}

/** What of the dump's columns the table does not have in the same way. */
export function otherColumns(
  { columns, copyColumns }: ProofEvidence['plan'],
  types: ReadonlyMap<string, string>,
): string[] {
  return columns
    .filter(({ name }) => copyColumns.includes(name))
    .flatMap(({ name, type }) => {
      const found = types.get(name);
      if (found === undefined) return [`the table has no column ${name}`];
      if (normaliseTypeName(found) === normaliseTypeName(type) || methodOf(found) === methodOf(type)) return [];
      return [`the column ${name} is ${found} in the table, and ${type} by this manifest`];
    });
}
