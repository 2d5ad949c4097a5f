import assert from 'node:assert/strict';
import { linkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decideEntries } from '../../../job-runner/catalogue/decide-entries.ts';
import { warnOfTwins } from '../../../job-runner/catalogue/duplicate-dumps.ts';
import { scanDumps } from '../../../job-runner/catalogue/scan.ts';
import { rawZip, UNREADABLE_DUMPS, USERS_DAT, USERS_SCHEMA } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder, writeFiles } from './tasks.ts';

const users = (dat = USERS_DAT, date = 0) =>
  rawZip([
    { name: 'users.json', content: USERS_SCHEMA },
    { name: 'users.dat', content: dat, date },
  ]);
const ZIP = users();

/** What becomes of each dump of a folder; a link is written as `-> its target`, a hard link as `= its target`. */
async function decided(files: Readonly<Record<string, Buffer | string>>): Promise<string[]> {
  const folder = temporaryFolder();
  writeFiles(folder, Object.fromEntries(Object.entries(files).filter(([, content]) => typeof content !== 'string')));
  for (const [file, target] of Object.entries(files)) {
    if (typeof target !== 'string') continue;
    if (target.startsWith('-> ')) symlinkSync(target.slice(3), join(folder, file));
    else linkSync(join(folder, target.slice(2)), join(folder, file));
  }
  const task = catalogueTask(folder);
  const { target, motherTables } = task;
  const tables = await scanDumps(task);
  const mothers = [{ name: 'users', action: 'Create', origin: 'Derived', columns: [], warnings: [] }] as const;
  const entries = decideEntries({ ingestionName: 'nightly', tables, mothers, existing: [], target, motherTables });
  return entries.map(({ dump, decision, reason, message }) =>
    [dump.file, decision, reason, ...(reason === 'DuplicateDump' ? [message.split(',')[0] ?? ''] : [])].join(' | '),
  );
}

describe('a dump that exists twice is loaded once', () => {
  it('as a symbolic link to it', async () =>
    assert.deepEqual(await decided({ 'crm_v10.zip': ZIP, 'crm_now.zip': '-> crm_v10.zip' }), [
      'crm_now.zip | Skip | DuplicateDump | crm_now.zip is the same file as crm_v10.zip',
      'crm_v10.zip | Load | MotherFound',
    ]));

  it('as a link whose name does not match the pattern', async () =>
    assert.deepEqual(await decided({ 'crm_v1.zip': ZIP, 'latest.zip': '-> crm_v1.zip' }), [
      'crm_v1.zip | Load | MotherFound',
      'latest.zip | Skip | DuplicateDump | latest.zip is the same file as crm_v1.zip',
    ]));

  it('as a file whose name does not match the pattern, with a link to it', async () =>
    assert.deepEqual(await decided({ '20240514.zip': ZIP, 'crm_v1.zip': '-> 20240514.zip' }), [
      '20240514.zip | Skip | DuplicateDump | 20240514.zip is the same file as crm_v1.zip',
      'crm_v1.zip | Load | MotherFound',
    ]));

  it('as a hard link', async () =>
    assert.deepEqual(await decided({ 'crm_v1.zip': ZIP, 'crm_latest.zip': '= crm_v1.zip' }), [
      'crm_latest.zip | Skip | DuplicateDump | crm_latest.zip has the same bytes as crm_v1.zip',
      'crm_v1.zip | Load | MotherFound',
    ]));

  it("as a browser's second download", async () =>
    assert.deepEqual(await decided({ 'crm_v1.zip': ZIP, 'crm_v1 (1).zip': ZIP, 'crm_v1 (2).zip': ZIP }), [
      'crm_v1 (1).zip | Skip | DuplicateDump | crm_v1 (1).zip has the same bytes as crm_v1.zip',
      'crm_v1 (2).zip | Skip | DuplicateDump | crm_v1 (2).zip has the same bytes as crm_v1.zip',
      'crm_v1.zip | Load | MotherFound',
    ]));

  it('as a copy in another folder, of which neither claims the version table', async () =>
    assert.deepEqual(await decided({ 'crm_v1.zip': ZIP, 'backup/crm_v1.zip': ZIP }), [
      'backup/crm_v1.zip | Skip | DuplicateDump | backup/crm_v1.zip has the same bytes as crm_v1.zip',
      'crm_v1.zip | Load | MotherFound',
    ]));

  it('and fails once where it holds no table', async () => {
    const build = UNREADABLE_DUMPS.find(({ title }) => title === 'the ZIP has no table')?.build;
    const empty = (await build?.()) ?? '';
    assert.deepEqual(await decided({ 'crm_v1.zip': empty, 'crm_v1 (1).zip': empty }), [
      'crm_v1 (1).zip | Skip | DuplicateDump | crm_v1 (1).zip has the same bytes as crm_v1.zip',
      'crm_v1.zip | Fail | DumpWithoutTables',
    ]);
  });
});

describe('a dump is no duplicate of another one', () => {
  const others: Record<string, Buffer> = {
    'that has other data of the same length': users(USERS_DAT.replace('ada', 'eva')),
    'that is larger by a padding': Buffer.concat([ZIP, Buffer.alloc(512)]),
    'that is the same ZIP behind other bytes': Buffer.concat([Buffer.from('#!/bin/sh\n'), ZIP]),
    'that was made of the same data at another time': users(USERS_DAT, 0x58ae),
  };
  for (const [title, other] of Object.entries(others))
    it(title, async () =>
      assert.deepEqual(await decided({ 'crm_v1.zip': ZIP, 'crm_v2.zip': other }), [
        'crm_v1.zip | Load | MotherFound',
        'crm_v2.zip | Load | MotherFound',
      ]),
    );

  it('that cannot be read either', async () => {
    const [cut, other] = [ZIP.subarray(0, -30), ZIP.subarray(0, -31)];
    assert.deepEqual(await decided({ 'crm_v1.zip': cut, 'crm_v2.zip': other }), [
      'crm_v1.zip | Fail | DumpTruncated',
      'crm_v2.zip | Fail | DumpTruncated',
    ]);
  });
});

describe('warnOfTwins', () => {
  const scan = async (files: Readonly<Record<string, Buffer>>) => {
    const folder = temporaryFolder();
    writeFiles(folder, files);
    return [...warnOfTwins(await scanDumps(catalogueTask(folder)))];
  };

  it('warns of the same data in other bytes', async () =>
    assert.deepEqual(await scan({ 'crm_v1.zip': ZIP, 'crm_v2.zip': users(USERS_DAT, 0x58ae) }), [
      [
        'crm_v2.zip',
        'crm_v2.zip has the same rows as crm_v1.zip in all its tables, and both are loaded: if it is the same release twice, exclude one with spec.source.exclude',
      ],
    ]));

  it('does not warn of duplicates, other data and what cannot be read', async () => {
    const files = {
      'crm_v1.zip': ZIP,
      'crm_v1 (1).zip': ZIP,
      'crm_v2.zip': users('email|user_id\n'),
      'crm_v3.zip': ZIP.subarray(9),
    };
    assert.deepEqual(await scan(files), []);
  });
});
