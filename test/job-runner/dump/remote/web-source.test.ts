import assert from 'node:assert/strict';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import {
  tasksFrom,
  assertRides,
  catalogueOf,
  failureOf,
  load,
  rideRows,
  ridesDatabase,
} from '../../../bucket/bucket-scene.ts';
import { startWebServer } from '../../../bucket/web-server.ts';
import { writeDump } from '../../../end-to-end/dumps.ts';
import { webSource } from '../../../../job-runner/dump/remote/https/web-source.ts';
import { temporaryFolder } from '../../catalogue/tasks.ts';

const ROWS = rideRows(60_000);
const GLOBS = { include: ['**/*.zip'], exclude: [] };
const folder = temporaryFolder();
const server = await startWebServer(folder);
const other = await startWebServer(folder);
const rides = { columns: { ride_id: 'int', rider: 'varchar' }, rows: ROWS };
const writeRides = () => writeDump(folder, 'exports/crm_v1.zip', { rides });

const entriesOf = async (source: string, secrets?: string) => {
  const tasks = tasksFrom(source, secrets);
  const database = await ridesDatabase();
  const entries = await catalogueOf(tasks, database);
  return { tasks, database, entries };
};
const loadsAll = async (source: string, secrets?: string): Promise<void> => {
  const { tasks, database, entries } = await entriesOf(source, secrets);
  const [entry] = entries;
  assert(entry !== undefined && entries.length === 1 && entry.failure === undefined, JSON.stringify(entries));
  assert.equal((await load(database, tasks.loadOf(entry))).rows, ROWS.length);
  await assertRides(database, ROWS);
};
const failureFrom = async (source: string, secrets?: string) => {
  const { entries } = await entriesOf(source, secrets);
  assert(entries[0]?.failure !== undefined, JSON.stringify(entries));
  return entries[0].failure;
};
const urls = (path: string): string => `{ https: { urls: ["${server.origin}${path}"] } }`;

describe('dumps on a web server', () => {
  beforeEach(async () => {
    for (const each of [server, other]) {
      each.requests.length = 0;
      each.intercept = () => false;
    }
    await writeRides();
  });

  it('are loaded from their URLs, by few ranges', async () => {
    await loadsAll(urls('/exports/crm_v1.zip?signature=secret'));
    assert(server.requests.length <= 6, `${server.requests.length} requests`);
    assert(server.requests.every(({ headers }) => headers.range !== undefined));
  });

  for (const [form, text] of [
    ['lines', '# all dumps\n\ncrm_v1.zip?signature=1\n'],
    ['JSON', JSON.stringify(['/exports/crm_v1.zip'])],
  ] as const)
    it(`are loaded from an index of ${form}`, async () => {
      writeFileSync(join(folder, 'exports', 'index'), text);
      await loadsAll(`{ https: { indexUrl: "${server.origin}/exports/index" } }`);
    });

  it('get the headers of the Secret, and no other server does, though a redirect leads there', async () => {
    const secrets = join(folder, 'secrets');
    mkdirSync(secrets, { recursive: true });
    writeFileSync(join(secrets, 'headers'), 'Authorization: Bearer secret\nX-Tenant: one\n');
    server.intercept = (request, response) => {
      if (request.headers.authorization === 'Bearer secret') return false;
      response.writeHead(401).end();
      return true;
    };
    await loadsAll(
      `{ https: { urls: ["${server.origin}/exports/crm_v1.zip"], headersSecretRef: { name: token } } }`,
      secrets,
    );
    const source = await webSource({
      https: { urls: [`${server.origin}/exports/crm_v1.zip`], headersSecretRef: { name: 'token', key: 'headers' } },
      secretsFolder: secrets,
    });
    server.intercept = (_, response) => {
      response.writeHead(302, { location: '/exports/moved.zip' }).end();
      return true;
    };
    assert.equal((await failureOf(source.open('exports/crm_v1.zip'))).code, 'SourceUrl');
    assert(server.requests.every(({ headers }) => headers['x-tenant'] === 'one'));
  });

  it('are loaded behind redirects on their server', async () => {
    server.intercept = (request, response) => {
      if (request.url !== '/latest.zip') return false;
      response.writeHead(307, { location: '/exports/crm_v1.zip' }).end();
      return true;
    };
    const { entries } = await entriesOf(`{ https: { urls: ["${server.origin}/latest.zip"] } , include: ["*.zip"] }`);
    // The name is that of the manifest's URL, which does not match the pattern of names.
    assert.equal(entries[0]?.failure?.code, 'DumpNameDoesNotMatch');
    const source = await webSource({ https: { urls: [`${server.origin}/latest.zip`] } });
    assert((await source.open('latest.zip')).size > 100_000);
  });

  const refusals: readonly [string, (response: ServerResponse) => unknown, string][] = [
    [
      'a redirect to http elsewhere',
      (response) => response.writeHead(302, { location: 'http://example.com/a.zip' }).end(),
      'SourceUrl',
    ],
    [
      'a redirect to a link-local address',
      (response) => response.writeHead(302, { location: 'https://169.254.169.254/latest' }).end(),
      'SourceUrl',
    ],
    ['a redirect to nowhere', (response) => response.writeHead(302).end(), 'SourceUrl'],
    ['status 403', (response) => response.writeHead(403).end(), 'SourceAccessDenied'],
    ['status 404', (response) => response.writeHead(404).end(), 'DumpMissing'],
    ['the whole file for a range', (response) => response.writeHead(200, { etag: '"x"' }).end('PK'), 'SourceRanges'],
    ['a range without its place', (response) => response.writeHead(206, { etag: '"x"' }).end('PK'), 'SourceRanges'],
    [
      'packed bytes',
      (response) => response.writeHead(206, { 'content-encoding': 'gzip', 'content-range': 'bytes 0-1/2' }).end('PK'),
      'SourceRanges',
    ],
    [
      'no identity',
      (response) => response.writeHead(206, { 'content-range': 'bytes 0-1/2' }).end('PK'),
      'SourceIdentity',
    ],
    ['an empty file', (response) => response.writeHead(416, { 'content-range': 'bytes */0' }).end(), 'DumpEmpty'],
  ];
  for (const [what, answer, code] of refusals)
    it(`fail where the server sends ${what}, and no query is shown`, async () => {
      server.intercept = (_, response) => {
        answer(response);
        return true;
      };
      const failure = await failureFrom(urls('/exports/crm_v1.zip?signature=secret'));
      assert.equal(failure.code, code, failure.message);
      assert.doesNotMatch(JSON.stringify(failure), /signature|secret\b/);
    });

  it('are tried again where the server is busy', async () => {
    let busy = 2;
    server.intercept = (_, response) => {
      if (busy-- <= 0) return false;
      response.writeHead(503, { 'retry-after': '1' }).end();
      return true;
    };
    await loadsAll(urls('/exports/crm_v1.zip'));
  });

  it('are not loaded where one was replaced behind the catalogue', async () => {
    const { tasks, database, entries } = await entriesOf(urls('/exports/crm_v1.zip'));
    utimesSync(join(folder, 'exports', 'crm_v1.zip'), new Date('2026-01-02'), new Date('2026-01-02'));
    assert(entries[0] !== undefined);
    assert.equal((await failureOf(load(database, tasks.loadOf(entries[0])))).code, 'DumpChanged');
  });

  it('are told a change by the time alone, where the server has no ETag and knows no conditions', async () => {
    const withoutEtag: typeof server.intercept = (request, response) => {
      const writeHead = response.writeHead.bind(response) as (
        status: number,
        headers: Record<string, unknown>,
      ) => typeof response;
      response.writeHead = ((status: number, headers: Record<string, unknown> = {}) =>
        writeHead(status, { ...headers, etag: [] })) as typeof response.writeHead;
      delete request.headers['if-match'];
      return false;
    };
    server.intercept = withoutEtag;
    await loadsAll(urls('/exports/crm_v1.zip'));
    const { tasks, database, entries } = await entriesOf(urls('/exports/crm_v1.zip'));
    assert(entries[0]?.dump.object !== undefined && entries[0].dump.object.etag === undefined);
    utimesSync(join(folder, 'exports', 'crm_v1.zip'), new Date('2026-01-02'), new Date('2026-01-02'));
    assert.equal((await failureOf(load(database, tasks.loadOf(entries[0])))).code, 'DumpChanged');
  });

  it('are read on by a new signature where that of the index has expired', async () => {
    const index = join(folder, 'exports', 'index');
    writeFileSync(index, 'crm_v1.zip?signature=1\n');
    const { tasks, database, entries } = await entriesOf(`{ https: { indexUrl: "${server.origin}/exports/index" } }`);
    assert(entries[0] !== undefined);
    writeFileSync(index, 'crm_v1.zip?signature=2\n');
    server.intercept = ({ url = '' }, response) => {
      if (!url.endsWith('signature=1')) return false;
      response.writeHead(403).end();
      return true;
    };
    assert.equal((await load(database, tasks.loadOf(entries[0]))).rows, ROWS.length);
    await assertRides(database, ROWS);
  });

  it('have an index that is gone, no list, or without dumps', async () => {
    const index = join(folder, 'exports', 'index');
    const failing = (): Promise<unknown> =>
      webSource({ https: { indexUrl: `${server.origin}/exports/index` } }).then((source) => source.list(GLOBS));
    writeFileSync(index, '{"a": 1}');
    assert.equal((await failureOf(failing())).code, 'NoDumps');
    writeFileSync(index, '[1, 2]');
    assert.equal((await failureOf(failing())).code, 'SourceIndex');
    writeFileSync(index, 'http://example.com/a.zip\n');
    assert.equal((await failureOf(failing())).code, 'SourceUrl');
    rmSync(index);
    assert.equal((await failureOf(failing())).code, 'SourceMissing');
  });
});
