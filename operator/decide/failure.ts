import type { Failure } from '../../crds/contract/errors.ts';
import type { TableIngestionSpec } from '../../crds/contract/generated.ts';
import type { ObservedJob } from './observed.ts';

/** Why a failed Job failed: the runner's own words, or what Kubernetes knows where it died without any. */
export function failureOf(job: ObservedJob): Failure {
  if (job.result?.outcome === 'Failed') return job.result.failure;
  const code = job.problem?.reason ?? 'JobFailed';
  const message =
    job.problem?.message ?? `the Job ${job.name} failed after ${job.attempts} attempts and left no result; see its pods' logs`;
  return { kind: 'Transient', code, message };
}

/** The failure of a table that the catalogue found impossible to load: a rule of the manifest, or the dump. */
export function failureOfEntry({ reason, message, dump, table }: TableIngestionSpec): Failure {
  const kind = MANIFEST_REASONS.has(reason) ? 'Manifest' : 'Data';
  const place = table === WHOLE_DUMP ? { file: dump.file } : { file: dump.file, table };
  // A message of the catalogue may begin with its place (`describeFailure`), which a failure has in fields of its own.
  const [, entry = '', line, text] = message.startsWith(dump.file) ? (PLACE.exec(message.slice(dump.file.length)) ?? []) : [];
  if (text === undefined) return { kind, code: reason, message, ...place };
  return {
    kind,
    code: reason,
    message: text,
    ...place,
    file: `${dump.file}${entry}`,
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}

/** `:entry, table T, line N: text` behind the dump's name. */
const PLACE = /^(:[^,]+?)?(?:, table .+?)?(?:, line (\d+))?(?:, column .+?)?: (.+)$/s;

/** The table of an entry that speaks of a whole dump. */
const WHOLE_DUMP = '*';

/** The reasons of catalogue entries that another manifest would mend; all others are of the dumps. */
const MANIFEST_REASONS: ReadonlySet<string> = new Set([
  'MotherMissing',
  'VersionTableClash',
  'VersionTableIsMother',
  'DumpNameDoesNotMatch',
]);
