import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { renderChartFiles } from '../../charts/generate.ts';

describe('the files of the chart that are made from others', () => {
  for (const [file, text] of renderChartFiles()) {
    it(`${file.replace(/.*\/charts\//, 'charts/')} is fresh`, () => {
      assert.equal(readFileSync(file, 'utf8'), text, 'run `make generate`');
    });
  }
});
