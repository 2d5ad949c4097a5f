import { lookup as lookupAddress, type LookupAddress, type LookupOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { ManifestError } from '../../../../crds/contract/errors.ts';

/** Where clouds give their machines' credentials to whoever asks from within: no dump lies there. RFC 3927, RFC 4291 */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16);
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

const MAX_URL_LENGTH = 4096;

/**
 * A URL from a manifest, an index or a redirect; `from` is what led there. Only https, since headers and presigned URLs are secrets; http is for
 * this machine alone, and nothing that comes from elsewhere leads there.
 */
export function readWebAddress(text: string, from: URL | undefined): URL {
  const url = text.length <= MAX_URL_LENGTH && URL.canParse(text, from?.href) ? new URL(text, from) : undefined;
  if (url === undefined) throw refused('a URL is not valid or is longer than 4096 characters', from);
  if (url.username !== '' || url.password !== '')
    throw refused(`the URL of ${url.host} has a user or password: put it into the Secret of headersSecretRef`, from);
  if (from === undefined && /^[^/]*:\/\/[^/\\?#]*:\d+[/\\?#][^/\\]*@/.test(text))
    throw refused(
      `the URL of ${url.hostname} has an @ behind its port, as a password with a / ? or # has it: put it into the Secret of headersSecretRef, or write %40 for it`,
      from,
    );
  if (isAddressOf(LINK_LOCAL, url.hostname)) throw refused(`${url.host} is a link-local address`, from);
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') throw refused(`the scheme ${url.protocol} is not https`, from);
  if (from === undefined ? isLoopback(url.hostname) : url.origin === from.origin) return url;
  throw refused(`${url.host} would be read without TLS: use https`, from);
}

/** How messages call a URL: its query may be a signature. */
export function withoutQuery({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** Refuses link-local addresses behind a name as well. */
export function lookupPublic(
  hostname: string,
  options: LookupOptions,
  callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
): void {
  lookupAddress(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const allowed = addresses.filter(({ address }) => !isAddressOf(LINK_LOCAL, address));
    const [first] = allowed;
    if (first === undefined) callback(Object.assign(new Error('a link-local address'), { code: 'EHOSTUNREACH' }), '');
    else if (options.all === true) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || isAddressOf(LOOPBACK, hostname);
}

function isAddressOf(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function refused(problem: string, from: URL | undefined): ManifestError {
  const location = from === undefined ? {} : { file: withoutQuery(from) };
  return new ManifestError('SourceUrl', problem, location);
}
