import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManifestError } from '../../../crds/contract/errors.ts';
import { yamlDocuments } from '../../../crds/contract/yaml-documents.ts';

function errorOf(text: string): ManifestError {
  try {
    yamlDocuments('files.yaml', text);
  } catch (error) {
    assert(error instanceof ManifestError);
    return error;
  }
  assert.fail('it is YAML');
}

describe('the documents of a file', () => {
  it('are those that are not empty', () =>
    assert.deepEqual(yamlDocuments('x', '---\na: 1\n---\n---\n~\n'), [{ a: 1 }]));

  it('show the lines around what is not YAML', () => {
    const { code, message } = errorOf('a: 1\n b: [\n');
    assert.equal(code, 'NotYaml');
    assert.match(message, /^not YAML: .* \(2:3\)\n/);
    assert.match(message, /1 \| a: 1\n/);
  });

  const SECRETS = {
    'a Secret': "apiVersion: v1\nkind: 'Secret'\nstringData:\n  uri: horse-battery\n   bad: [\n",
    'a URI with a password': 'env:\n  URI: postgresql://loader:horse-battery@db/crm\n   bad: [\n',
  };
  for (const [what, text] of Object.entries(SECRETS))
    it(`keep the lines to themselves where there may be ${what}, also in the cause`, () => {
      const error = errorOf(text);
      assert.match(error.message, /^not YAML: bad indentation of a mapping entry \(\d+:\d+\)$/);
      assert.doesNotMatch(`${error.stack} ${String(error.cause)}`, /horse/);
    });
});
