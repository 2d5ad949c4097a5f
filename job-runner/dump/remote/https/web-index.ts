import { ManifestError } from '../../../../crds/contract/errors.ts';
import { MAX_FILES } from '../../found-dump.ts';
import { readWebAddress, withoutQuery } from './web-address.ts';

/**
 * The URLs of an index: a JSON list of texts, or one URL a line, with empty lines and comments (#). A relative one counts from the index.
 */
export function readWebIndex(text: string, index: URL): readonly URL[] {
  const lines = text.trimStart().startsWith('[') ? readJson(text, index) : readLines(text);
  if (lines.length > MAX_FILES) throw badIndex(`it has more than ${MAX_FILES} entries`, index);
  return lines.map((line) => readWebAddress(line, index));
}

function readLines(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

function readJson(text: string, index: URL): readonly string[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw badIndex('it starts like a JSON list and is not one', index);
  }
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw badIndex('its JSON is not a list of texts', index);
}

export function badIndex(problem: string, index: URL): ManifestError {
  const message = `the index cannot be read (${problem}): write one URL a line, or a JSON list of URLs`;
  return new ManifestError('SourceIndex', message, { file: withoutQuery(index) });
}

/**
 * The dumps' paths with their URLs. A path is that of the URL, so that it stays the same when a signature in the query changes.
 */
export function nameUrls(urls: readonly URL[]): ReadonlyMap<string, URL> {
  const byName = new Map<string, URL>();
  for (const url of urls) {
    const name = nameOf(url);
    const other = byName.get(name);
    if (other !== undefined && other.href !== url.href) {
      const message = `two URLs have the path ${name}, by which dumps are identified: leave one out, or load them in two runs`;
      throw new ManifestError('SourceUrl', message, { file: withoutQuery(url) });
    }
    byName.set(name, url);
  }
  return byName;
}

function nameOf({ pathname }: URL): string {
  const path = pathname.slice(1);
  try {
    const decoded = decodeURIComponent(path);
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    const isPlain = !/[\u0000-\u001f\u007f]/.test(decoded) && !decoded.split('/').some((part) => part === '..');
    return isPlain ? decoded : path;
  } catch {
    return path;
  }
}
