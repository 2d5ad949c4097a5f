import type { ErrorCode } from '../../crds/contract/error-codes.ts';
import { MotherloadError } from '../../crds/contract/errors.ts';
import type { Log } from '../../crds/contract/log.ts';
import type { ArchiveResult } from '../../crds/contract/report.ts';
import type { ArchiveTask, FinishTask } from '../../crds/contract/task.ts';
import {
  endDump,
  forgetDump,
  readPendingDumps,
  startDump,
  takeBackDump,
  type PendingDump,
} from '../database/archived-dumps.ts';
import type { Database } from '../database/connection.ts';
import { archiveName } from '../plan/archive-name.ts';
import type { DumpArchive } from './dump-archive.ts';
import { FolderArchive } from './folder-archive.ts';
import { whyNotLoaded } from './why-not-loaded.ts';

const MAX_REASON_LENGTH = 1000;
const BEFORE_ANYTHING: readonly string[] = [
  'ArchiveTaken',
  'ArchiveIsSource',
  'ArchiveOutsideVolume',
] satisfies ErrorCode[];

/**
 * Archives each dump of the run that the ledger knows as loaded, one after the other, and goes on with those that an earlier run has begun. One that
 * cannot be archived does not stop the others; the first such error is thrown at the end.
 */
export async function archiveDumps(
  db: Database,
  { ingestion, target }: FinishTask,
  task: ArchiveTask,
  log: Log,
): Promise<ArchiveResult> {
  const { ledgerSchema } = target;
  const archive = await openDumpArchive(task);
  const errors: unknown[] = [];
  const kept: string[] = [];
  let archived = 0;
  const keep = ({ file }: PendingDump, reason: string) => {
    kept.push(`${file}: ${reason}`);
    log.warn(`${file} stays where it is: ${reason}`, { step: 'archive', file });
  };
  for (const dump of await readPendingDumps(db, ledgerSchema, ingestion)) {
    try {
      const reason = dump.started === undefined ? await whyKept(db, ledgerSchema, dump, task, archive) : undefined;
      if (reason !== undefined) {
        keep(dump, reason);
        continue;
      }
      const { action, archivedAs } = dump.started ?? planned(dump, task, ingestion.name);
      if (dump.started === undefined) await startDump(db, ledgerSchema, dump.id, { action, archivedAs });
      const problem = await archive.carryOut(dump, action, archivedAs);
      if (problem !== undefined) {
        await forgetDump(db, ledgerSchema, dump.id);
        keep(dump, problem);
        continue;
      }
      await endDump(db, ledgerSchema, dump.id);
      archived++;
      log.info(`${dump.file} ${DONE[action]}${archivedAs === '' ? '' : ` ${archivedAs}`}`, { step: 'archive' });
    } catch (error) {
      if (!(error instanceof MotherloadError)) throw error;
      // Nothing has been done yet, so that another name may be given.
      if (BEFORE_ANYTHING.includes(error.code)) await takeBackDump(db, ledgerSchema, dump.id);
      log.error(`${dump.file} could not be archived: ${error.message}`, { step: 'archive', file: dump.file });
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  const [first] = kept;
  return { archived, kept: kept.length, ...(first === undefined ? {} : { reason: first.slice(0, MAX_REASON_LENGTH) }) };
}

const DONE = { Copy: 'is copied to the archive as', Move: 'is moved to the archive as', Delete: 'is deleted' };

async function whyKept(
  db: Database,
  ledgerSchema: string,
  dump: PendingDump,
  task: ArchiveTask,
  archive: DumpArchive,
): Promise<string | undefined> {
  return (await whyNotLoaded(db, ledgerSchema, dump, task)) ?? (await archive.whyNot(dump));
}

function planned(
  dump: PendingDump,
  { action, name }: ArchiveTask,
  ingestion: string,
): NonNullable<PendingDump['started']> {
  const { file, app, version, cataloguedAt, run } = dump;
  const archivedAs = action === 'Delete' ? '' : archiveName(name, { file, app, version, cataloguedAt, ingestion, run });
  return { action, archivedAs };
}

async function openDumpArchive(task: ArchiveTask): Promise<DumpArchive> {
  const { s3 } = task.remote ?? {};
  if (s3 === undefined) return new FolderArchive(task);
  const { BucketArchive } = await import('./bucket-archive.ts');
  return await BucketArchive.open(s3, task);
}
