/** `make release`: the files of a release, from a commit. CONTRIBUTING.md says what they are and how they are published. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { release } from './release.ts';

const { values } = parseArgs({
  options: {
    revision: { type: 'string', default: 'HEAD' },
    output: { type: 'string', default: 'dist' },
    'signing-key': { type: 'string' },
    'builder-id': { type: 'string', default: 'https://motherload.dev/builders/make-release' },
  },
});
const folder = resolve(values.output);
const files = await release({
  ...{ revision: values.revision, folder, builderId: values['builder-id'] },
  builder: { storage: [], localBases: undefined },
  signingKey: values['signing-key'] === undefined ? undefined : resolve(values['signing-key']),
});
for (const name of files) console.log(`${folder}/${name}`);
if (values['signing-key'] === undefined) console.error('Not signed: give the key of cosign with --signing-key.');
