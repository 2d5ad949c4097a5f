import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { billOfMaterials, type NpmBill } from './bill-of-materials.ts';
import { runProgram } from './command.ts';
import { basesOf, buildImage, PLATFORMS, TARGETS, type Builder, type Image, type Target } from './images.ts';
import { provenance } from './provenance.ts';
import { unpackRevision, type Revision } from './revision.ts';
import { sign } from './signature.ts';

export interface ReleaseOptions {
  /** Whatever git understands as a commit. */
  readonly revision: string;
  /** Where the files are written; it is created. */
  readonly folder: string;
  readonly builder: Builder;
  /** The key of cosign by which the checksums are signed. */
  readonly signingKey: string | undefined;
  /** See `ProvenanceOptions`. */
  readonly builderId: string;
}

/** npm packages that an image does not have, though package.json lists them: see the Dockerfile. */
const NOT_IN: Readonly<Record<Target, readonly string[]>> = {
  operator: ['tedious'],
  runner: ['@kubernetes/client-node'],
};
const CHECKSUMS = 'SHA256SUMS';

/** Makes all files of a release but for their publication, and returns their names. */
export async function release(options: ReleaseOptions): Promise<string[]> {
  const { folder, builder } = options;
  const startedOn = new Date();
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'motherload-release-'));
  try {
    const revision = await unpackRevision(options.revision, join(work, 'source'));
    const chart = await packageChart(revision, folder);
    const images = [];
    for (const target of TARGETS) images.push(await buildImage(revision, target, builder, folder));
    const bills = await writeBills(revision, images, folder);
    const made = [...images.map(({ archive }) => archive), chart, ...bills];
    const sums = await checksums(folder, made);
    const statement = provenance({
      ...{ commit: revision.commit, version: revision.version, platforms: PLATFORMS, builder: options.builderId },
      ...{ bases: Object.values(builder.localBases ?? basesOf(revision)), startedOn, finishedOn: new Date() },
      subjects: [...sums, ...images.map(imageSubject)],
    });
    const statementName = `motherload-${revision.version}.intoto.json`;
    writeJson(join(folder, statementName), statement);
    const all = [...sums, ...(await checksums(folder, [statementName]))];
    writeFileSync(join(folder, CHECKSUMS), all.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
    // One signature for all files, by their checksums.
    const signature = options.signingKey === undefined ? [] : [await sign(folder, CHECKSUMS, options.signingKey)];
    return [...made, statementName, CHECKSUMS, ...signature];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Packages the chart as it is in the sources. */
async function packageChart(revision: Revision, folder: string): Promise<string> {
  await runProgram(revision.folder, 'helm', 'package', 'charts/motherload', '--destination', folder);
  return `motherload-${revision.version}.tgz`;
}

async function writeBills(revision: Revision, images: readonly Image[], folder: string): Promise<string[]> {
  const text = await runProgram(revision.folder, 'npm', 'sbom', '--package-lock-only', '--sbom-format', 'cyclonedx');
  const npm = JSON.parse(text) as NpmBill;
  const { dependencies } = JSON.parse(readFileSync(join(revision.folder, 'package.json'), 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  const [, nodeVersion = ''] = /node:([\d.]+)/.exec(basesOf(revision).NODE_IMAGE) ?? [];
  return images.map(({ target, digest, packages }) => {
    const image = { name: `motherload-${target}`, version: revision.version, digest };
    const bill = billOfMaterials({
      packages: Object.keys(dependencies).filter((name) => !NOT_IN[target].includes(name)),
      ...{ npm, debian: packages, nodeVersion, image, time: revision.time },
    });
    const name = `${image.name}-${revision.version}.cdx.json`;
    writeJson(join(folder, name), bill);
    return name;
  });
}

/** An image by the digest that it has in a registry, since an archive is not what a cluster pulls. */
function imageSubject({ target, digest }: Image): { name: string; sha256: string } {
  return { name: `motherload-${target}`, sha256: digest.replace('sha256:', '') };
}

async function checksums(folder: string, names: readonly string[]): Promise<{ name: string; sha256: string }[]> {
  const sums = [];
  for (const name of names) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, name)), hash);
    sums.push({ name, sha256: hash.digest('hex') });
  }
  return sums;
}

function writeJson(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
