import { counted } from '../../crds/contract/counted.ts';
import { ManifestError, type Location } from '../../crds/contract/errors.ts';
import type { Loading, RejectLimits } from '../../crds/contract/task.ts';
import type { LedgerRow } from '../database/ledger.ts';
import type { DataContent } from '../dump/table-data.ts';
import { digestOf, type DigestedPlan } from '../plan/plan-digest.ts';
import { exceededLimit } from '../plan/reject-limits.ts';
import { isSameFile } from '../plan/same-file.ts';
import type { DumpColumn } from '../plan/table-plan.ts';
import { isLossy } from '../plan/type-compatibility.ts';

/** Where the content is the same in all of it, nothing is loaded again. */
export interface Content {
  /** Undefined where only reading it shows what it is: that of a source database. */
  readonly file: { readonly crc32: string; readonly bytes: number } | undefined;
  readonly plan: DigestedPlan;
  /** As the schema file has them. */
  readonly dumpColumns: readonly DumpColumn[];
}

/** The version table as it is now. */
export interface ExistingTable {
  /** The mothers that it has, and the one that the plan gives it, as `schema.name`. */
  readonly mothers: readonly string[];
  readonly planned: string | undefined;
  /** What was taken from it since its load. */
  readonly loss: string | undefined;
}

/** What is done about the table that has the version table's name already. */
export type ExistingTableAction =
  | { readonly action: 'Load' }
  /** `loadId` is that of the table that is replaced. `compared`: only if what is read turns out to be other content than that. */
  | { readonly action: 'Replace'; readonly loadId: string; readonly compared?: ComparedTable }
  /** `load` is the ledger's row where it is a load of this very run. */
  | { readonly action: 'Keep'; readonly outcome: 'Loaded'; readonly message: string; readonly load: LedgerRow }
  | { readonly action: 'Keep'; readonly outcome: 'AlreadyLoaded'; readonly message: string; readonly load: LedgerRow }
  | { readonly action: 'Keep'; readonly outcome: 'Skipped'; readonly message: string };

/** What the version table was loaded with, and what to do where the content that is read now is other. */
export interface ComparedTable {
  readonly load: LedgerRow;
  readonly onOther: 'Replace' | 'Fail';
}

/**
 * `load` is the ledger's row of a version table that exists. A row of this very run means that an earlier attempt committed and its result was
 * lost: that is a load of this run.
 */
export function classifyExisting(
  load: LedgerRow,
  content: Content,
  existing: ExistingTable,
  run: string,
  { onExisting, rejects }: { readonly onExisting: Loading['onExisting']; readonly rejects?: RejectLimits | undefined },
  location: Location,
): ExistingTableAction {
  const isOfRun = load.ingestion.run === run;
  // What this very run has read is not read again.
  const isOfFile = content.file === undefined ? isOfRun : isSameFile(content.file, load);
  const isSamePlan =
    load.planDigest === digestOf(content.plan, load.loadedAs) &&
    (isOfRun || onExisting !== 'Replace' || !isLoadedNarrower(load, content));
  const isSame = isOfFile && isSamePlan;
  const exceeded = exceededLimit(load.rejects, load.rows + load.rejects, rejects);
  const { loss } = existing;
  const isAsPlanned = loss === undefined && inheritsAsPlanned(load, existing);
  if (isSame && isAsPlanned && exceeded === undefined) {
    if (isOfRun)
      return { action: 'Keep', outcome: 'Loaded', message: 'loaded by an earlier attempt of this run', load };
    return alreadyLoaded(load);
  }
  if (content.file === undefined) {
    if (onExisting === 'Skip') return skipped(load, loss ?? `what was read at ${load.loadedAt.toISOString()}`);
    if (isSamePlan && isAsPlanned && exceeded === undefined)
      return { action: 'Replace', loadId: load.loadId, compared: { load, onOther: onExisting } };
  }
  const found =
    loss ??
    (isSame ? undefined : describeReplayed(load, isOfFile, content)) ??
    describeFound(load, isOfFile, isSame, existing, isAsPlanned ? exceeded : undefined);
  switch (onExisting) {
    case 'Replace':
      return { action: 'Replace', loadId: load.loadId };
    case 'Skip':
      return skipped(load, found);
    case 'Fail':
      throw otherContent(load, found, location);
  }
}

/** Nothing was, or needs to be, loaded again. */
export function alreadyLoaded(load: LedgerRow): Extract<ExistingTableAction, { readonly outcome: 'AlreadyLoaded' }> {
  const message = `the same content was loaded at ${load.loadedAt.toISOString()}; nothing was loaded again`;
  return { action: 'Keep', outcome: 'AlreadyLoaded', message: message + leftOut(load), load };
}

/** The content that was read now is that of the table that exists. */
export class SameContent extends Error {
  readonly load: LedgerRow;

  constructor(load: LedgerRow) {
    super('the content is the one that was loaded before');
    this.load = load;
  }
}

/** Throws where what was read now is not to replace the table that exists: `SameContent`, or an error. */
export function compareContent(existing: ExistingTableAction, content: DataContent, location: Location): void {
  if (existing.action !== 'Replace' || existing.compared === undefined) return;
  const { load, onOther } = existing.compared;
  if (load.sha256 === content.sha256 && load.bytes === content.bytes) throw new SameContent(load);
  const found = `other rows (read at ${load.loadedAt.toISOString()})`;
  if (onOther === 'Fail') throw otherContent(load, found, location);
}

function skipped(load: LedgerRow, found: string): ExistingTableAction {
  const message = `${load.versionTable} holds ${found} and spec.loading.onExisting is Skip`;
  return { action: 'Keep', outcome: 'Skipped', message };
}

function otherContent(load: LedgerRow, found: string, location: Location): ManifestError {
  const message = `${load.versionTable} holds ${found}: set spec.loading.onExisting to Replace or Skip, or choose another version table name`;
  return new ManifestError('OtherContentLoaded', message, location);
}

/** What the version table holds in place of what it should. */
function describeFound(
  load: LedgerRow,
  isOfFile: boolean,
  isSame: boolean,
  { mothers, planned }: ExistingTable,
  exceeded: string | undefined,
): string {
  const when = load.loadedAt.toISOString();
  if (isSame && exceeded !== undefined)
    return `the same content (loaded at ${when}) without ${counted(load.rejects, 'record')} that could not be loaded, and ${exceeded}`;
  if (isSame)
    return `the same content (loaded at ${when}) below ${below(mothers)}, not below ${below(planned === undefined ? [] : [planned])}`;
  return `${isOfFile ? 'the same file, read by another format or into other columns' : 'other content'} (${load.dumpFile}:${load.entry}, loaded at ${when})`;
}

/** Where the table was loaded as the manifest says, and what that left out was loaded by another one since. */
function describeReplayed(load: LedgerRow, isOfFile: boolean, content: Content): string | undefined {
  if (!isOfFile && content.file !== undefined) return undefined;
  const planned = digestOf(content.plan, load.loadedAs);
  const replay = load.replays?.find(({ planDigest }) => planDigest === planned);
  if (replay === undefined) return undefined;
  const records = replay.rejects - load.rejects;
  const more = records === 0 ? '' : ` and ${counted(records, 'record')} more than this format loads`;
  const when = `${load.dumpFile}:${load.entry}, loaded at ${load.loadedAt.toISOString()}`;
  return `the same content${more}, by the manifest of motherload replay at ${replay.at.toISOString()} (${when}; use that manifest)`;
}

/** To be put behind what is said of a loaded table. */
export function leftOut({ rejects }: Pick<LedgerRow, 'rejects'>): string {
  return rejects === 0 ? '' : `; ${counted(rejects, 'record')} could not be loaded: see the table rejects`;
}

/** A limit that allows for them lets a wrong format look like an empty table. */
export function nothingButRejects({ rows, rejects }: Pick<LedgerRow, 'rows' | 'rejects'>): string[] {
  if (rows > 0 || rejects === 0) return [];
  const all = rejects === 1 ? 'its only record is a reject' : `all of its ${rejects} records are rejects`;
  return [
    `the table is empty, since ${all}: see why by motherload rejects, correct spec.format or the type map, and load them by motherload replay, or the dump again with spec.loading.onExisting Replace`,
  ];
}

/**
 * Whether a column was loaded by a type that may not hold what the dump's own type may, and was widened since. Its mother may have been widened for this very
 * table, which is loaded then: records that did not fit may do so now, and a run that changes a mother for nothing has locked and rewritten all its versions.
 */
function isLoadedNarrower({ loadedAs }: LedgerRow, { dumpColumns }: Content): boolean {
  const types = new Map(dumpColumns.map(({ name, type }) => [name, type]));
  return Object.entries(loadedAs).some(([name, type]) => isLossy(types.get(name.toLowerCase()) ?? type, type));
}

/**
 * Whether readers of the mother see the rows. A table that is planned without a mother and was loaded without one may have been attached to one
 * since: that is its owner's decision.
 */
function inheritsAsPlanned(load: LedgerRow, { mothers, planned }: ExistingTable): boolean {
  return planned === undefined ? load.mother === null : mothers.includes(planned);
}

function below(mothers: readonly string[]): string {
  return mothers.length === 0 ? 'no mother table' : mothers.join(' and ');
}
