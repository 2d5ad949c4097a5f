import type { CatalogueReason } from '../../crds/contract/catalogue-reasons.ts';
import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { describeFailure, ManifestError, shorten, type Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { MotherTables, Target } from '../../crds/contract/task.ts';
import { isWholeDump } from '../../crds/contract/whole-dump.ts';
import {
  motherFinder,
  relationsByName,
  whyNoMother,
  type ExistingRelation,
  type MotherPlan,
} from '../plan/mother/plan-mothers.ts';
import { FOLDER, folderOf, versionTableName } from '../plan/version-table-name.ts';
import type { DumpTable, FoundData, FoundFile } from './dump-table.ts';

/** What is decided on, all of it plain data. */
export interface Findings {
  readonly ingestionName: string;
  readonly tables: readonly DumpTable[];
  readonly mothers: readonly MotherPlan[];
  /** What the target schema had under the mothers' names. */
  readonly existing: readonly ExistingRelation[];
  readonly target: Pick<Target, 'schema' | 'versionTableName'>;
  readonly motherTables: Pick<MotherTables, 'policy' | 'definitions' | 'derive' | 'contract' | 'withoutMother'>;
}

type Decision = Pick<TableIngestionSpec, 'decision' | 'message' | 'failure'> & { readonly reason: string };

/** A TableIngestion's message has at most 4096 characters. */
const MESSAGE_LENGTH = 4000;
/** And the parts of its failure 1024, but for the file. */
const PART_LENGTH = 1000;

/** What is done with each (dump, table) pair, and why. Nothing that was found is left out. */
export function decideEntries(findings: Findings): readonly TableIngestionSpec[] {
  const candidates = nameCandidates(findings);
  const relations = relationsByName(findings.existing);
  const motherNames = new Set(findings.mothers.map(({ name }) => name));
  const wanted = candidates.filter(
    ({ found, mother }) =>
      found.duplicate === undefined &&
      found.skipped === undefined &&
      (mother !== undefined || findings.motherTables.withoutMother === 'Load'),
  );
  const claims = Map.groupBy(wanted, ({ versionTable }) => versionTable);
  return candidates.map((candidate) => {
    const { found, versionTable, mother } = candidate;
    const { decision, reason, message, failure } =
      decideDuplicate(found) ??
      decideFailure(found) ??
      decideSkipped(found) ??
      decideFolder(candidate, findings) ??
      decideWithoutMother(candidate, relations, findings) ??
      decideName(candidate, motherNames) ??
      decideClash(candidate, claims.get(versionTable) ?? [], findings) ??
      decideRefusal(candidate) ??
      decideLoad(candidate);
    return {
      ingestionName: findings.ingestionName,
      dump: { ...found.dump },
      table: found.table,
      ...(versionTable === undefined ? {} : { versionTable }),
      ...(mother === undefined ? {} : { mother: mother.name }),
      ...describeFiles(found),
      decision,
      reason,
      message: shorten(message, MESSAGE_LENGTH),
      ...(failure === undefined ? {} : { failure: boundedFailure(failure) }),
    };
  });
}

/** A pair with its names; a dump of which no table could be read has none, one in no folder has no name by its folder. */
interface Candidate {
  readonly found: DumpTable;
  readonly versionTable?: string;
  readonly mother?: MotherPlan;
}

function nameCandidates({ tables, mothers, target }: Findings): readonly Candidate[] {
  const motherOf = motherFinder(mothers);
  return tables.map((found) => {
    const { dump, table } = found;
    if (isWholeDump(found)) return { found };
    const mother = motherOf(table);
    const candidate = { found, ...(mother === undefined ? {} : { mother }) };
    const folder = folderOf(dump.file);
    if (folder === '' && target.versionTableName.includes(FOLDER)) return candidate;
    const parts = { ...(dump.app === undefined ? {} : { app: dump.app }), folder, version: dump.version, table };
    return { ...candidate, versionTable: versionTableName(target.versionTableName, parts) };
  });
}

function decideFolder({ found, versionTable }: Candidate, { target }: Findings): Decision | undefined {
  if (versionTable !== undefined) return undefined;
  const message = `${found.dump.file} is in no folder, and spec.target.versionTableName (${target.versionTableName}) uses {folder}: move the dump into one, or remove {folder}`;
  return fail(found, 'DumpWithoutFolder', message);
}

function decideDuplicate({ dump, duplicate }: DumpTable): Decision | undefined {
  if (duplicate === undefined) return undefined;
  const what = duplicate.isLink ? 'is the same file as' : 'has the same bytes as';
  const message = `${dump.file} ${what} ${duplicate.file}, and no dump is loaded twice: remove one of them, or exclude it with spec.source.exclude`;
  return decide('Skip', 'DuplicateDump', message);
}

function decideFailure({ failure }: DumpTable): Decision | undefined {
  if (failure === undefined) return undefined;
  return { decision: 'Fail', reason: failure.code, message: describeFailure(failure), failure };
}

function decideSkipped({ skipped }: DumpTable): Decision | undefined {
  return skipped === undefined ? undefined : decide('Skip', 'NotATable', skipped);
}

function decideWithoutMother(
  { found, mother }: Candidate,
  relations: ReadonlyMap<string, ExistingRelation>,
  { motherTables, target }: Findings,
): Decision | undefined {
  const { withoutMother } = motherTables;
  if (mother !== undefined || withoutMother === 'Load') return undefined;
  const why = whyNoMother(found.table, relations, { motherTables, schema: target.schema });
  const message = `${why}; spec.motherTables.withoutMother is ${withoutMother}`;
  return withoutMother === 'Skip' ? decide('Skip', 'NoMother', message) : fail(found, 'MotherMissing', message);
}

function decideName({ found, versionTable }: Candidate, motherNames: ReadonlySet<string>): Decision | undefined {
  if (versionTable === undefined || !motherNames.has(versionTable)) return undefined;
  const message = `its version table would have the name of the mother table ${versionTable}: change spec.target.versionTableName`;
  return fail(found, 'VersionTableIsMother', message);
}

/** With the others that would have this version table, itself among them. */
function decideClash(
  candidate: Candidate,
  claimants: readonly Candidate[],
  { target }: Findings,
): Decision | undefined {
  const { found, versionTable } = candidate;
  const rival = claimants.find((other) => other !== candidate)?.found;
  if (versionTable === undefined || rival === undefined) return undefined;
  const more = claimants.length > 2 ? ` (and ${claimants.length - 2} more)` : '';
  const both = `table ${found.table} of ${found.dump.file} and table ${rival.table} of ${rival.dump.file}${more}`;
  const remedy = `exclude one with spec.source.exclude, or ${separationOf(found, rival, target.versionTableName)}`;
  return fail(found, 'VersionTableClash', `${both} would become the same version table ${versionTable}: ${remedy}`);
}

/** The mother takes no version like this one. */
function decideRefusal({ found, mother }: Candidate): Decision | undefined {
  const failure = mother?.refusals?.find(({ dump }) => dump === found.dump.file)?.failure;
  if (failure === undefined) return undefined;
  return {
    decision: 'Fail',
    reason: failure.code,
    message: describeFailure(failure),
    failure: { ...failure, table: found.table },
  };
}

/** How to give two tables different names: by the first part that differs between them and is not in the pattern. */
function separationOf({ dump }: DumpTable, { dump: other }: DumpTable, pattern: string): string {
  const placeholder = [
    ...(dump.app === other.app ? [] : ['{app}']),
    ...(folderOf(dump.file) === folderOf(other.file) ? [] : [FOLDER]),
    ...(dump.version === other.version ? [] : ['{version}']),
  ].find((part) => !pattern.includes(part));
  return placeholder === undefined
    ? `rename one of them, so that spec.target.versionTableName (${pattern}) gives two names`
    : `set spec.target.versionTableName to ${placeholder}_${pattern}`;
}

function decideLoad({ found, mother }: Candidate): Decision {
  if (mother === undefined)
    return decide('Load', 'OwnTable', `loaded as a table of its own: the mother table ${found.table} does not exist`);
  const origin = {
    Database: 'found in the database',
    Definition: 'defined in the manifest',
    Derived: 'derived from the dumps',
  }[mother.origin];
  return decide('Load', 'MotherFound', `loaded as a child of the mother table ${mother.name}, ${origin}`);
}

function decide(decision: 'Load' | 'Skip', reason: CatalogueReason, message: string): Decision {
  return { decision, reason, message };
}

/** For a table that would be loaded with another manifest. */
function fail({ dump, table }: DumpTable, code: ErrorCode<'Manifest'>, message: string): Decision {
  const failure = new ManifestError(code, message, { file: dump.file, table }).toFailure();
  return { decision: 'Fail', reason: code, message, failure };
}

function boundedFailure({ message, column, record, ...failure }: Failure): Failure {
  return {
    ...failure,
    message: shorten(message, MESSAGE_LENGTH),
    ...(column === undefined ? {} : { column: shorten(column, PART_LENGTH) }),
    ...(record === undefined ? {} : { record: shorten(record, PART_LENGTH) }),
  };
}

function describeFiles({ dat, schemaFile }: DumpTable): Pick<TableIngestionSpec, 'dat' | 'schemaFile'> {
  return {
    ...(dat === undefined ? {} : { dat: describeData(dat) }),
    ...(schemaFile === undefined ? {} : { schemaFile: describeFile(schemaFile) }),
  };
}

function describeData({ name, bytes, compressedBytes, crc32, chunks, rows }: FoundData) {
  return {
    ...{ entry: name, bytes, compressedBytes },
    ...(crc32 === undefined ? {} : { crc32 }),
    ...(chunks === undefined ? {} : { chunks: chunks.length }),
    ...(rows === undefined ? {} : { rows }),
  };
}

function describeFile({ name, bytes, crc32 }: FoundFile): { entry: string; bytes: number; crc32: string } {
  return { entry: name, bytes, crc32 };
}
