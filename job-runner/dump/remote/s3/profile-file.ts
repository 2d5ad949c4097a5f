import { readFile } from 'node:fs/promises';
import { ManifestError } from '../../../../crds/contract/errors.ts';

/** A profile of a file such as ~/.aws/credentials, or undefined if there is no such file or profile. */
export async function readProfile(file: string, profile: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return parseProfiles(await readFile(file, 'utf8')).get(profile);
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const message = `the file with AWS profiles cannot be read (${code}): change its owner or mode`;
    throw new ManifestError('SourceCredentials', message, { file }, { cause: error });
  }
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html; in the config file a section is `[profile NAME]`. */
export function parseProfiles(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const profiles = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) {
      current = profiles.get(section) ?? new Map<string, string>();
      profiles.set(section, current);
      continue;
    }
    // An indented line belongs to a nested setting.
    const setting = /^([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting?.[1] !== undefined && setting[2] !== undefined) current?.set(setting[1].toLowerCase(), setting[2]);
  }
  return profiles;
}
