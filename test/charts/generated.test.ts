import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { renderChartFiles } from '../../charts/generate.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the files of the chart that are made from others', async () => {
  for (const [path, text] of Object.entries(await renderChartFiles())) {
    it(`${path} is fresh`, () => {
      assert(
        readFileSync(join(root, path), 'utf8') === text,
        `${path} is not what it is made from says: run \`make generate\``,
      );
    });
  }
});
