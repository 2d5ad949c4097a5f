import assert from 'node:assert/strict';
import { it } from 'node:test';
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

/** A rule of the CRD: what breaks it, and the message that must come. */
export type BrokenRule = readonly [title: string, text: string, message: RegExp];

export function refusesEach(rules: readonly BrokenRule[]): void {
  for (const [title, text, message] of rules) it(`refuses ${title}`, () => assert.match(problemsOf(text), message));
}
