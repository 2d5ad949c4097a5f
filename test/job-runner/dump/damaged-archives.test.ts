import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DataError, ManifestError } from '../../../crds/contract/errors.ts';
import { openArchive } from '../../../job-runner/dump/archive.ts';
import { goodDump, rawZip, USERS_DAT, USERS_SCHEMA } from '../../failing-dumps/failing-dumps.ts';
import { catalogueTask, temporaryFolder } from '../catalogue/tasks.ts';
import { fuzz } from '../../fuzz.ts';
import { aesEntry } from './encrypted/aes-writer.ts';

const { limits } = catalogueTask('/');
const folder = temporaryFolder();
const PASSWORD = 'correct horse battery staple';
const contents = [USERS_SCHEMA, USERS_DAT];

/** Reads all of a ZIP; a DataError is a fair answer, as is a wrong password; wrong bytes and any other error are not. */
async function readAll(bytes: Buffer): Promise<void> {
  const file = join(folder, 'damaged_v1.zip');
  writeFileSync(file, bytes);
  try {
    const archive = await openArchive(file, limits, undefined, {
      password: () => Promise.resolve(Buffer.from(PASSWORD)),
    });
    try {
      for (const entry of archive.entries) {
        const text = (await archive.readSmall(entry, 1000)).toString();
        assert(contents.includes(text) || text === '', `${entry.name} is read as ${text}`);
      }
    } finally {
      await archive.close();
    }
  } catch (error) {
    const isFair = error instanceof DataError || (error instanceof ManifestError && error.code === 'ZipPassword');
    if (!isFair) throw error;
    assert.match(error.location.file ?? '', /^damaged_v1\.zip/);
  }
}

describe('a ZIP that was damaged anywhere', async () => {
  const zips = [
    await goodDump(),
    rawZip(
      [
        { name: 'users.json', content: USERS_SCHEMA },
        { name: 'users.dat', content: USERS_DAT },
      ],
      { zip64: true },
    ),
    ...([1, 2] as const).map((version) =>
      rawZip([
        aesEntry('users.json', USERS_SCHEMA, PASSWORD, { version, method: 0 }),
        aesEntry('users.dat', USERS_DAT, PASSWORD, { version, keyBytes: 16 }),
      ]),
    ),
  ];
  const zip = fc.constantFrom(...zips);

  it('gives an error or the right bytes', async () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(zip, damage, async (whole, changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        await readAll(bytes);
      }),
      fuzz(3, 1500),
    );
  });

  it('gives an error wherever it was cut off', async () => {
    for (const whole of zips) {
      for (let length = 0; length < whole.length; length++) await readAll(whole.subarray(0, length));
    }
  });
});
