import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { runCommand } from '../../cluster/commands.ts';
import { installPackages } from '../../packages.ts';
import { temporaryFolder, writeFiles } from '../catalogue/tasks.ts';
import { archiveOpener, contentsOf } from './archives.ts';

const PACKAGES = {
  '7zz': '7zip',
  bsdtar: 'libarchive-tools',
  zip: 'zip',
  jar: 'default-jdk-headless',
  python3: 'python3',
};
const open = archiveOpener();
const folder = temporaryFolder();

/** Repetitions longer than 258 bytes, and others more than 32 KiB back: what Deflate64 has beyond deflate. */
const FILES: Readonly<Record<string, string>> = {
  'Größe.dat': 'id\n1\n',
  'empty.dat': '',
  'users.dat': Array.from({ length: 30_000 }, (_, row) => `${row}|user${(row * 7919) % 4001}|NULL\n`).join(''),
  'wide.dat': `${'x'.repeat(300_000)}|${'column|'.repeat(20_000)}\n`,
};

/** A ZIP of the files, by a shell command in their folder that writes to $OUT. */
async function zipBy(command: string, name: string): Promise<Buffer> {
  const zip = join(folder, `${name}.zip`);
  await runCommand(['bash', '-euo', 'pipefail', '-c', command], {
    folder: join(folder, 'files'),
    environment: { OUT: zip, LC_ALL: 'C.UTF-8' },
  });
  return readFileSync(zip);
}

before(async () => {
  await installPackages(PACKAGES, 'install them yourself to run these tests');
  writeFiles(join(folder, 'files'), FILES);
});

describe('an archive reads what', () => {
  const commands: Record<string, string> = {
    '7-Zip writes': '7zz a -tzip "$OUT" .',
    '7-Zip packs with Deflate64': '7zz a -tzip -mm=Deflate64 -mx=9 "$OUT" .',
    'zip writes': 'zip -qr "$OUT" .',
    'zip writes to a pipe': 'zip -q - * | cat > "$OUT"',
    'zip -fz- writes, without ZIP64': 'zip -qr -fz- "$OUT" .',
    'bsdtar writes': 'bsdtar -acf "$OUT" *',
    'bsdtar writes to a pipe, padded': 'bsdtar -cf - --format zip * | cat > "$OUT"',
    'jar writes': 'jar --create --no-manifest --file "$OUT" *',
    'Python writes': 'python3 -m zipfile -c "$OUT" *',
    'zip -A fits to the program before it':
      'zip -qr "$OUT" . && cat <(echo "#!/bin/sh") "$OUT" > x && mv x "$OUT" && zip -qA "$OUT"',
  };
  for (const [title, command] of Object.entries(commands)) {
    it(title, async () => {
      const contents = await open(await zipBy(command, title.replaceAll(' ', '-')), contentsOf);
      assert.deepEqual(
        Object.keys(contents)
          .filter((name) => !name.endsWith('/'))
          .sort(),
        Object.keys(FILES).sort(),
      );
      for (const [name, content] of Object.entries(FILES)) assert(contents[name] === content, `${name} differs`);
    });
  }
});

describe('an archive refuses an entry that', () => {
  const commands: Record<string, readonly [command: string, code: string, message: RegExp]> = {
    '7-Zip encrypted with AES': [
      '7zz a -tzip -psecret -mem=AES256 "$OUT" .',
      'EntryEncrypted',
      /it is encrypted by AES, written by 7-Zip: set spec\.source\.decryption\.zip/,
    ],
    'zip encrypted': [
      'zip -qr -P secret "$OUT" .',
      'EntryEncrypted',
      /it is encrypted in the old way of PKWARE, written by zip/,
    ],
    '7-Zip packed with LZMA': [
      '7zz a -tzip -mm=LZMA "$OUT" .',
      'EntryMethodUnknown',
      /packed with LZMA \(method 14\), written by 7-Zip: .* for instance 7z a -tzip -mm=Deflate$/,
    ],
    '7-Zip packed with PPMd': ['7zz a -tzip -mm=PPMd "$OUT" .', 'EntryMethodUnknown', /packed with PPMd \(method 98\)/],
    'zip packed with bzip2': [
      'zip -qr -Z bzip2 "$OUT" .',
      'EntryMethodUnknown',
      /packed with bzip2 \(method 12\), written by zip: .* for instance zip -Z deflate$/,
    ],
  };
  for (const [title, [command, code, message]] of Object.entries(commands)) {
    it(title, async () => {
      const zip = await zipBy(command, title.replaceAll(' ', '-'));
      await assert.rejects(open(zip, contentsOf), { code, message });
    });
  }
});
