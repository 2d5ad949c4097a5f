import { ManifestError } from '../../crds/contract/errors.ts';

/** What the name of an archived dump is made of. */
export interface ArchiveNameParts {
  /** Below `spec.source.path`, with /. */
  readonly file: string;
  readonly app: string | undefined;
  readonly version: string;
  readonly cataloguedAt: Date;
  readonly ingestion: string;
  readonly run: string;
}

/** The longest name of a file on Linux, and the longest key of S3. */
const MAX_PART_BYTES = 255;
const MAX_BYTES = 1024;

/**
 * The path of a dump in the archive by `spec.archive.name`. Only {file} and {folder} have folders: a / in another part becomes _. It never leads out
 * of the archive, whatever the parts are.
 */
export function archiveName(pattern: string, parts: ArchiveNameParts): string {
  const { file, app, version, cataloguedAt, ingestion, run } = parts;
  const slash = file.lastIndexOf('/');
  const values: Readonly<Record<string, string | undefined>> = {
    file,
    folder: slash === -1 ? '' : file.slice(0, slash),
    name: file.slice(slash + 1),
    app: flat(app),
    version: flat(version),
    date: cataloguedAt.toISOString().slice(0, 10),
    ingestion: flat(ingestion),
    run: flat(run),
  };
  // In one pass, since the text of a part may look like a placeholder.
  const name = pattern.replaceAll(/\{(\w+)\}/g, (placeholder, part: string) => {
    const value = Object.hasOwn(values, part) ? values[part] : undefined;
    if (value !== undefined) return value;
    const why = part === 'app' ? 'spec.format.dumpName has no {app}' : 'there is no such placeholder';
    throw new ManifestError('ArchiveName', `spec.archive.name uses ${placeholder}, but ${why}: change it`, { file });
  });
  // A dump in no folder leaves nothing of {folder}.
  const path = name.split('/').filter((part) => part !== '');
  const isSafe = path.every((part) => part !== '.' && part !== '..' && Buffer.byteLength(part) <= MAX_PART_BYTES);
  if (isSafe && path.length > 0 && !name.includes('\0') && Buffer.byteLength(name) <= MAX_BYTES) return path.join('/');
  const message = `spec.archive.name (${pattern}) gives no usable path for this dump: a part of it is . or .., or longer than ${MAX_PART_BYTES} bytes; change it`;
  throw new ManifestError('ArchiveName', message, { file });
}

function flat(text: string | undefined): string | undefined {
  return text?.replaceAll('/', '_');
}
