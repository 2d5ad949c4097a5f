import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { readManifests } from '../../crds/contract/manifest.ts';
import { manifest } from '../operator/fixtures.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');

describe('docs/kubernetes.md', () => {
  const text = readFileSync(join(DOCS, 'kubernetes.md'), 'utf8');

  it('shows valid specs', () => {
    const shown = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(
      ([, yaml = '']) => load(yaml) as { kind?: string; spec: object },
    );
    const specs = shown.filter(({ kind }) => kind === undefined);
    assert.deepEqual([specs.length, shown.length], [1, 2]);
    for (const { spec } of specs) {
      const whole = { apiVersion: 'motherload.dev/v1alpha1', kind: 'DumpIngestion', metadata: { name: 'shown' } };
      readManifests([
        { name: 'kubernetes.md', text: JSON.stringify({ ...whole, spec: { ...manifest().spec, ...spec } }) },
      ]);
    }
  });

  it('links to existing pages', () => {
    for (const [, page = ''] of text.matchAll(/\]\((?!https:)([^)#]+)\)/g)) assert(existsSync(join(DOCS, page)), page);
  });

  it('mentions existing fields', () => {
    const reference = readFileSync(join(DOCS, 'reference.md'), 'utf8');
    for (const [, field = ''] of text.matchAll(/`(spec\.[A-Za-z.]+)`/g))
      assert(reference.includes(`\`${field}\``), field);
  });
});
