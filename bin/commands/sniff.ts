import type { Command } from 'commander';
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ManifestError } from '../../crds/contract/errors.ts';
import { readManifests } from '../../crds/contract/manifest.ts';
import { openDump } from '../../job-runner/dump/archive.ts';
import { openSource } from '../../job-runner/dump/open-source.ts';
import { sniffArchive, type SniffedDump } from '../../job-runner/sniff/sniff-dump.ts';
import type { DumpIngestionManifest } from '../../crds/contract/manifest.ts';
import type { Decryption } from '../../crds/contract/task.ts';
import { decryptionOf, KeysFolder, type DecryptionOptions } from '../input/local-decryption.ts';
import { remoteDump } from '../input/remote-dump.ts';
import { CLI_EXIT_CODES } from '../exit-codes.ts';
import { formatText } from '../output/format-text.ts';
import { printJson, withKeys, withOutput, type OutputOptions } from './options.ts';

const TEXT = `
Reads the beginning of each table, finds out how it is written, and tries that. The result goes below spec: in a manifest; what stands behind # says why.
It is a proposal: what the sample does not show, such as a NULL that does not occur in it, has the preset's value.

Examples:
  motherload sniff examples/dumps/velo_v1.zip
  motherload sniff s3://company-dumps/exports/velo_v1.zip`;

/** What a manifest has where it says nothing. */
const MANIFEST = `
apiVersion: motherload.dev/v1alpha1
kind: DumpIngestion
metadata: { name: sniff }
spec:
  source: { volume: { hostPath: { path: / } } }
  target: { databaseSecretRef: { name: none } }`;

export function addSniffCommand(program: Command): void {
  const command = program
    .command('sniff')
    .argument('<dump>', 'the ZIP, or its URL: s3://bucket/key.zip, https://...')
    .description("propose a dump's spec.format, with its evidence")
    .addHelpText('after', TEXT);
  withKeys(withOutput(command)).action(sniff);
}

async function sniff(dump: string, { output, ...keys }: OutputOptions & DecryptionOptions): Promise<void> {
  const [manifest] = readManifests([{ name: 'sniff', text: MANIFEST }]).ingestions;
  if (manifest === undefined) throw new Error('the manifest of sniff is empty');
  const keysFolder = new KeysFolder();
  const sniffed = await sniffAnywhere(dump, manifest.spec, decryptionOf(keys, keysFolder)).finally(() =>
    keysFolder.remove(),
  );
  if (sniffed.tables.length + sniffed.skipped.length === 0) {
    const message =
      'the ZIP has no table: each needs a schema file (users.json) and a DAT file of that name (users.dat)';
    throw new ManifestError('NotADump', message, { file: dump });
  }
  if (output === 'json') printJson(sniffed);
  else process.stdout.write(formatText(sniffed));
  const isRead =
    sniffed.skipped.length === 0 &&
    sniffed.tables.length > 0 &&
    sniffed.tables.every(({ failure }) => failure === undefined);
  process.exitCode = isRead ? CLI_EXIT_CODES.Success : CLI_EXIT_CODES.SomeFailed;
}

async function sniffAnywhere(
  dump: string,
  { format, limits }: Pick<DumpIngestionManifest['spec'], 'format' | 'limits'>,
  decryption: Decryption,
): Promise<SniffedDump> {
  const remote = remoteDump(dump);
  if (remote === undefined) refuseNoFile(dump);
  // A link may lead anywhere here.
  const path = remote === undefined ? realpathSync(dump) : '';
  const { location, file } = remote ?? { location: undefined, file: basename(path) };
  const source = await openSource({ dumpsFolder: dirname(path), remote: location, decryption });
  return await sniffArchive(await openDump(source, file, limits), file, format, limits);
}

function refuseNoFile(dump: string): void {
  const found = statSync(dump, { throwIfNoEntry: false });
  if (found?.isFile() === true) return;
  const problem = found === undefined ? 'no such file' : 'it is a folder; name a ZIP in it';
  throw new ManifestError('NotADump', problem, { file: dump });
}
