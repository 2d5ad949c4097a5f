import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { renderTroubleshootingPage, TROUBLESHOOTING_FILE } from '../../docs/generate-troubleshooting.ts';

it('docs/troubleshooting.md is what docs/generate-troubleshooting.ts makes of the list of error codes', () => {
  const text = readFileSync(TROUBLESHOOTING_FILE, 'utf8');
  assert.equal(text, renderTroubleshootingPage(), 'run `make generate`');
});
