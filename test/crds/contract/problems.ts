import assert from 'node:assert/strict';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { readManifests } from '../../../crds/contract/manifest.ts';
import { manifestText } from '../../manifest.ts';

export const MINIMAL = manifestText();

export const template = (lines: string) => manifestText(`jobTemplate: { ${lines} }\n`);
export const read = (text: string) => readManifests([{ name: 'ingestion.yaml', text }]);
export const problemsOf = (text: string) => {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof ManifestError);
    assert.equal(error.location.file, 'ingestion.yaml');
    return error.message;
  }
  return 'valid';
};
