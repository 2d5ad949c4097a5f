import { DataError, ManifestError } from '../../../../crds/contract/errors.ts';
import type { RemoteDumps } from '../../../../crds/contract/task.ts';
import { SOURCE_FILES } from '../../../../crds/contract/task.ts';
import type { DumpReader } from '../../dump-reader.ts';
import type { DumpSource } from '../../dump-source.ts';
import { boundedPath, dumpMatcher, noDumps, sortDumps } from '../../found-dump.ts';
import { END_BYTES } from '../cached-ranges.ts';
import { HttpClient, readText } from '../http-client.ts';
import { conditionsOf, identityOf } from '../object-identity.ts';
import { RemoteReader, type OpenRange } from '../remote-reader.ts';
import { AttemptFailed, retrying } from '../retry.ts';
import { readAuthority, readSecretFile } from '../secret-files.ts';
import { readSecretHeaders } from './secret-headers.ts';
import { lookupPublic, readWebAddress, withoutQuery } from './web-address.ts';
import { UrlNames } from './url-names.ts';
import { WebClient } from './web-client.ts';
import { badIndex, nameUrls, readWebIndex } from './web-index.ts';

const MAX_INDEX_BYTES = 16 * 1024 * 1024;

/** Dumps by their URLs, or by those of an index. */
export async function webSource({ https, secretsFolder }: RemoteDumps): Promise<DumpSource> {
  if (https === undefined) throw new Error('the task names neither a bucket nor URLs');
  const { urls = [], indexUrl, headersSecretRef, caSecretRef } = https;
  const secrets = secretsFolder ?? '';
  const authority = caSecretRef === undefined || secretsFolder === undefined ? undefined : await readAuthority(secrets);
  const headers =
    headersSecretRef === undefined ? '' : await readSecretFile(secrets, SOURCE_FILES.headers, 'headersSecretRef');
  const given = [...urls, ...(indexUrl === undefined ? [] : [indexUrl])].map((url) => readWebAddress(url, undefined));
  const client = new WebClient(new HttpClient({ authority, lookup: lookupPublic }), readSecretHeaders(headers), given);
  const index = indexUrl === undefined ? undefined : readWebAddress(indexUrl, undefined);
  const names = new UrlNames(async () => nameUrls(index === undefined ? given : await readIndex(client, index)));
  const [first] = given;
  const location = first === undefined ? '' : withoutQuery(index ?? first);
  return {
    location,
    list: async (globs) => {
      names.forget();
      const isDump = dumpMatcher(globs);
      const found = (await names.files()).filter(isDump);
      if (found.length === 0) throw noDumps(location, globs, 'https');
      return sortDumps(found.map((file) => ({ file: boundedPath(file), isLink: false })));
    },
    open: async (file, pinned) => {
      const open = rangeOpener(client, names, file);
      return pinned === undefined
        ? await openUnknown(client, await names.urlOf(file), file, open)
        : new RemoteReader({ file, known: pinned, open: index === undefined ? open : withNewSignature(open, names) });
    },
  };
}

/** The signatures of an index may expire while another table is loaded. */
function withNewSignature(open: OpenRange, names: UrlNames): OpenRange {
  return async (range, known) => {
    try {
      return await open(range, known);
    } catch (error) {
      if (!(error instanceof ManifestError) || error.code !== 'SourceAccessDenied') throw error;
      names.forget();
      return await open(range, known);
    }
  };
}

async function readIndex(client: WebClient, index: URL): Promise<readonly URL[]> {
  const file = withoutQuery(index);
  const text = await retrying(async () => await readText((await client.get(index, {}, file)).body, MAX_INDEX_BYTES), {
    file,
  }).catch((error: unknown) => {
    // The index is the manifest's, and not a dump.
    if (!(error instanceof DataError)) throw error;
    throw new ManifestError('SourceMissing', `there is no index: check spec.source.https.indexUrl`, { file });
  });
  if (text === undefined) throw badIndex(`it has more than ${MAX_INDEX_BYTES} bytes`, index);
  return readWebIndex(text, index);
}

function rangeOpener(client: WebClient, names: UrlNames, file: string): OpenRange {
  return async ({ first, last }, known) => {
    const headers = { Range: `bytes=${first}-${last}`, ...conditionsOf(known) };
    const response = await client.get(await names.urlOf(file), headers, file);
    try {
      return { ...identityOf(response, { first, last }, file), body: response.body };
    } catch (error) {
      response.body.close();
      throw error;
    }
  };
}

/** The last bytes, which a ZIP begins with, say the size as well. */
async function openUnknown(client: WebClient, url: URL, file: string, open: OpenRange): Promise<DumpReader> {
  return await retrying(
    async () => {
      const response = await client.get(url, { Range: `bytes=-${END_BYTES}` }, file, true);
      if (response.status === 416) {
        response.body.close();
        if (/^bytes \*\/0$/i.test(response.header('content-range') ?? ''))
          return new RemoteReader({ file, open, known: { bytes: 0 } });
        throw new ManifestError(
          'SourceRanges',
          'the server cannot send the last bytes of it: use one that supports the header Range',
          { file },
        );
      }
      try {
        const { identity, range } = identityOf(response, undefined, file);
        if (range.last !== identity.bytes - 1 || range.last - range.first >= END_BYTES)
          throw new ManifestError(
            'SourceRanges',
            'the server sends other bytes than the last ones that were asked for',
            { file },
          );
        const end = Buffer.allocUnsafe(range.last - range.first + 1);
        for (let filled = 0; filled < end.length;) {
          const read = await response.body.read(end.subarray(filled));
          if (read === 0) throw new AttemptFailed('SourceBusy', 'the server sent fewer bytes than it said');
          filled += read;
        }
        await response.body.release();
        return new RemoteReader({ file, open, known: identity }, end);
      } catch (error) {
        response.body.close();
        throw error;
      }
    },
    { file },
  );
}
