import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { renderChartFiles } from '../../charts/generate.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the generated files of the chart', async () => {
  for (const [path, text] of Object.entries(await renderChartFiles())) {
    it(`includes an up-to-date ${path}`, () => {
      assert(readFileSync(join(root, path), 'utf8') === text, `${path} is out of date: run \`make generate\``);
    });
  }
});
