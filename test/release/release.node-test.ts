import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loadAll } from 'js-yaml';
import { release } from '../../release/release.ts';
import { buildProgram } from '../cluster/binaries.ts';
import { buildahCommand } from '../cluster/buildah.ts';
import { runCommand } from '../cluster/commands.ts';
import { installNodePackages } from '../cluster/packages.ts';
import { Archive, npmPackagesIn } from './archive.ts';
import { buildAllPlatforms } from './platforms.ts';

const folder = mkdtempSync(join(tmpdir(), 'motherload-release-test-'));
const made = join(folder, 'dist');
const read = (name: string) => readFileSync(join(made, name), 'utf8');
const sha256 = (name: string) =>
  createHash('sha256')
    .update(readFileSync(join(made, name)))
    .digest('hex');
const archives = new Map<string, Archive>();
let files: string[];
let version: string;

const archiveOf = (target: string) => {
  const archive = archives.get(target);
  assert(archive);
  return archive;
};

before(async () => {
  await installNodePackages();
  ({ version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  });
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  symlinkSync(await buildProgram('helm'), join(programs, 'helm'));
  process.env['PATH'] = `${programs}${delimiter}${process.env['PATH'] ?? ''}`;
  const [, ...storage] = buildahCommand(folder);
  files = await release({
    ...{ revision: 'HEAD', folder: made, signingKey: undefined, builderId: 'https://example.com/builders/test' },
    builder: { storage, localBases: await buildAllPlatforms(folder) },
  });
  for (const target of ['operator', 'runner']) {
    const archive = join(made, `motherload-${target}-${version}.oci.tar`);
    archives.set(target, await Archive.unpack(archive, join(folder, target)));
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('make release', () => {
  it('makes two images, the chart, what the images consist of, how they came to be, and checksums', () => {
    assert.deepEqual(files, [
      `motherload-operator-${version}.oci.tar`,
      `motherload-runner-${version}.oci.tar`,
      `motherload-${version}.tgz`,
      `motherload-operator-${version}.cdx.json`,
      `motherload-runner-${version}.cdx.json`,
      `motherload-${version}.intoto.json`,
      'SHA256SUMS',
    ]);
    const sums = files.slice(0, -1).map((name) => `${sha256(name)}  ${name}\n`);
    assert.equal(read('SHA256SUMS'), sums.join(''));
  });

  for (const target of ['operator', 'runner'])
    it(`makes the image of the ${target} for amd64 and arm64 alike, but for Node and its libraries`, async () => {
      const { manifests } = archiveOf(target);
      assert.deepEqual(
        manifests.map(({ platform, config }) => [platform, config.architecture, config.config.User]),
        [
          ['linux/amd64', 'amd64', '65532:65532'],
          ['linux/arm64', 'arm64', '65532:65532'],
        ],
      );
      const [amd = '', arm = ''] = await Promise.all(
        manifests.map(({ platform }) => archiveOf(target).files(platform)),
      );
      assert.equal(await runCommand(['diff', '--recursive', '--brief', join(amd, 'app'), join(arm, 'app')]), '');
      // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine is at byte 18; 62 is x86-64, 183 AArch64.
      for (const [platform, machine] of [
        ['linux/amd64', 62],
        ['linux/arm64', 183],
      ] as const) {
        const node = readFileSync(join(await archiveOf(target).files(platform), 'usr/local/bin/node'));
        assert.equal(node.readUInt16LE(18), machine);
      }
    });

  it('lists exactly what is in an image: the packages of npm and Debian, and Node', async () => {
    for (const target of ['operator', 'runner']) {
      const bill = JSON.parse(read(`motherload-${target}-${version}.cdx.json`)) as {
        components: { name: string; version: string; purl: string; hashes?: object[] }[];
        metadata: { component: { purl: string } };
      };
      const of = (kind: string) => bill.components.filter(({ purl }) => purl.startsWith(`pkg:${kind}/`));
      const root = await archiveOf(target).files('linux/amd64');
      assert.deepEqual(
        of('npm')
          .map((one) => `${one.name}@${one.version}`)
          .sort(),
        npmPackagesIn(join(root, 'app')),
      );
      assert(of('npm').every(({ hashes }) => hashes?.length === 1));
      assert.deepEqual(
        of('github').map((one) => one.purl),
        [`pkg:github/nodejs/node@v${process.versions.node}`],
      );
      assert.deepEqual(
        of('deb').map(({ name }) => name),
        ['libc6', 'libgcc-s1', 'libstdc++6'],
      );
      assert.equal(
        bill.metadata.component.purl,
        `pkg:oci/motherload-${target}@${encodeURIComponent(archiveOf(target).digest)}`,
      );
    }
  });

  it('states the commit, the bases and the digest of each file and image', async () => {
    const { subject, predicate } = JSON.parse(read(`motherload-${version}.intoto.json`)) as {
      subject: { name: string; digest: { sha256: string } }[];
      predicate: { buildDefinition: { resolvedDependencies: { digest?: object }[] }; runDetails: { builder: object } };
    };
    const images = ['operator', 'runner'].map((target) => [
      `motherload-${target}`,
      archiveOf(target).digest.replace('sha256:', ''),
    ]);
    assert.deepEqual(
      subject.map(({ name, digest }) => [name, digest.sha256]),
      [...files.slice(0, 5).map((name) => [name, sha256(name)]), ...images],
    );
    const commit = (await runCommand(['git', 'rev-parse', 'HEAD'], { folder: import.meta.dirname })).trim();
    assert.deepEqual(predicate.buildDefinition.resolvedDependencies[0]?.digest, { gitCommit: commit });
    assert.deepEqual(predicate.runDetails.builder, { id: 'https://example.com/builders/test' });
  });

  it('packages a chart that installs the images of the same version', async () => {
    const text = await runCommand(['helm', 'template', 'motherload', join(made, `motherload-${version}.tgz`)]);
    const deployment = loadAll(text).find((object) => (object as { kind: string }).kind === 'Deployment');
    assert.match(JSON.stringify(deployment), new RegExp(`"image":"motherload-operator:${version}"`));
    assert.match(JSON.stringify(deployment), new RegExp(`"value":"motherload-runner:${version}"`));
  });
});
