import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { REFERENCE_FILE, renderReference } from '../../docs/generate-reference.ts';

describe('docs/reference.md', () => {
  it('is the output of docs/generate-reference.ts', () => {
    assert.equal(readFileSync(REFERENCE_FILE, 'utf8'), renderReference(), 'run `make generate`');
  });

  it('has every field with its default, and the messages of the CEL rules', () => {
    const text = renderReference();
    assert.match(
      text,
      /\| `spec\.loading\.maxParallelJobs` \| integer \| `` 2 `` \| How many tables are loaded at the same time\. \|/,
    );
    assert.match(text, /\| `spec\.format\.delimiter` \| string \| `` "\\\|" `` \|/);
    assert.match(text, /\| `spec\.motherTables\.definitions\[\]\.columns\[\]\.type` \| string \| \*required\* \|/);
    assert.match(text, /- spec\.format\.dumpName must contain \{version\}/);
  });
});
