import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FORMAT_PRESETS } from '../../crds/contract/format-presets.ts';
import { readManifests } from '../../crds/contract/manifest.ts';
import { manifestText } from '../manifest.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/formats.md'), 'utf8');

describe('docs/formats.md', () => {
  for (const preset of Object.keys(FORMAT_PRESETS))
    it(`has a section for the preset ${preset}`, () => assert.match(page, new RegExp(`^## ${preset}$`, 'm')));

  for (const [, yaml = ''] of page.matchAll(/^```yaml\n(.*?)^```/gms))
    it(`shows a valid manifest: ${yaml.trim().replaceAll(/\s+/g, ' ')}`, () => {
      const manifests = readManifests([{ name: 'formats.md', text: manifestText(yaml) }]);
      assert.equal(manifests.ingestions.length, 1);
    });
});
